/// The reason why compressed bytes cannot be expanded.
package struct DecompressionError: Error, Hashable, CustomStringConvertible {
  /// The kinds of faults.
  package enum Fault: Error, Hashable {
    /// The bytes violate the format, in the words of the library that read them.
    case malformed(String)
    /// The checksum or the length behind the data does not fit the data.
    case wrongChecksum
    /// The input ends before the data.
    case truncated
    /// Bytes follow the end of the data.
    case trailingBytes
    /// The data was compressed with a dictionary, which only its sender has.
    case needsDictionary
    /// A frame of Zstandard needs a larger window than `ExpansionLimits.windowLog` permits.
    case windowTooLarge
    /// The data has more bytes than `ExpansionLimits.bytes`.
    case tooLarge
    /// The data has more bytes for each compressed byte than `ExpansionLimits.ratio`.
    case expandsTooMuch
    /// The system has no memory for the decompressor.
    case noMemory
  }

  /// The format of the bytes.
  package let format: CompressionFormat
  /// The kind of the fault.
  package let fault: Fault
  /// Number of compressed bytes that were read before the fault was found.
  package let offset: Int

  /// The fault without the name of the format.
  package var reason: String {
    switch fault {
    case .malformed(let text): text
    case .wrongChecksum: "the checksum does not fit the data"
    case .truncated: "the data ends early"
    case .trailingBytes: "bytes follow the end of the data"
    case .needsDictionary: "the data needs a dictionary"
    case .windowTooLarge: "the data needs a larger window than is permitted"
    case .tooLarge: "the expanded data is too large"
    case .expandsTooMuch: "the data expands too much"
    case .noMemory: "there is no memory for the decompressor"
    }
  }

  /// One line for people: the format, the fault and its place.
  package var description: String { "\(format.rawValue): \(reason), at byte \(offset)" }
}
