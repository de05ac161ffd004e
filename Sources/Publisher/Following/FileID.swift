import EventMapping

/// Name of one content of a followed file: 128 bits, drawn when the content is seen first. A file that is truncated
/// begins a new content, and a copy continues the content of its original.
///
/// The id is also the key of the fingerprints of the content, and of the ids of events in it
/// (`spec/follow.md`).
struct FileID: Hashable, Sendable {
  let low, high: UInt64

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// A new random id.
  static func random() -> FileID {
    FileID(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
  }

  /// Reads the text form; nil when `text` is not 32 hexadecimal digits.
  init?(_ text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let low = UInt64(text.prefix(16), radix: 16), let high = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(low: low.byteSwapped, high: high.byteSwapped)
  }

  /// The fingerprint of some bytes of the content, as 32 hexadecimal digits.
  func fingerprint(of bytes: RawSpan) -> String {
    var hash = SipHash128(low: low, high: high)
    hash.add(bytes)
    let (low, high) = hash.finish()
    return "\(FileID(low: low, high: high))"
  }

  /// Bytes of an event id.
  static let eventIDBytes = 34

  /// Writes the id of the event in a line without an id of its own: `f-` and 32 hexadecimal digits, a hash of
  /// the place and the bytes of the line. The same line of the same content always gets the same id.
  /// - Parameters:
  ///   - offset: bytes of the content before the line.
  ///   - line: the line without its end.
  ///   - id: gets the id, in `eventIDBytes` bytes.
  func writeEventID(offset: UInt64, line: RawSpan, into id: inout [UInt8]) {
    var hash = SipHash128(low: low, high: high)
    hash.add(offset)
    hash.add(line)
    let (low, high) = hash.finish()
    if id.count != Self.eventIDBytes { id = Array("f-".utf8) + [UInt8](repeating: 0, count: 32) }
    var span = id.mutableSpan
    Digits.hexadecimal(low.byteSwapped, count: 16, into: &span, at: 2)
    Digits.hexadecimal(high.byteSwapped, count: 16, into: &span, at: 18)
  }
}

extension FileID: CustomStringConvertible {
  /// The 16 bytes as 32 hexadecimal digits.
  var description: String {
    var digits = [UInt8](repeating: 0, count: 32)
    var span = digits.mutableSpan
    Digits.hexadecimal(low.byteSwapped, count: 16, into: &span, at: 0)
    Digits.hexadecimal(high.byteSwapped, count: 16, into: &span, at: 16)
    return String(decoding: digits, as: UTF8.self)
  }
}
