/// Expands compressed bytes in pieces. Pure: bytes in, bytes out.
///
/// A caller passes input and a buffer for output to `expand`, removes the consumed bytes from the input, and repeats
/// this while the buffer was filled or input is left. After all input, it calls `finish`.
package struct Decompressor: ~Copyable {
  /// The number of bytes that one call of `expand` used.
  package struct Progress: Hashable, Sendable {
    /// Bytes of the input that were consumed.
    package var consumed: Int
    /// Bytes that were written to the output.
    package var produced: Int

    /// Creates the progress of a call; by default of one that did nothing.
    package init(consumed: Int = 0, produced: Int = 0) {
      self.consumed = consumed
      self.produced = produced
    }
  }

  private let format: CompressionFormat
  private let limits: ExpansionLimits
  private let decoder: any FormatDecoder
  /// Number of compressed bytes that were consumed so far.
  private var compressedBytes = 0
  /// Number of bytes that were written so far.
  private var expandedBytes = 0

  /// Creates a decompressor of `format`.
  /// - Throws: `noMemory`.
  package init(_ format: CompressionFormat, limits: ExpansionLimits) throws(DecompressionError) {
    let decoder: (any FormatDecoder)? =
      switch format {
      case .gzip, .deflate: InflateDecoder(format)
      case .zstd: ZstdDecoder(windowLog: limits.windowLog)
      }
    guard let decoder else { throw DecompressionError(format: format, fault: .noMemory, offset: 0) }
    self.format = format
    self.limits = limits
    self.decoder = decoder
  }

  /// Expands the first bytes of `input` into `output`.
  ///
  /// The work is proportional to the sizes of `input` and `output`. At the end of a member or frame the next one begins.
  /// - Parameter output: At least one byte. A call that does not fill `output` has consumed all of `input`.
  /// - Throws: every fault except `truncated`. The decompressor cannot be used after it.
  package mutating func expand(
    _ input: RawSpan, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) -> Progress {
    precondition(output.count > 0, "there must be room for output")
    let left = limits.bytes - expandedBytes
    // One byte above the limit, if there is one, shows that the data is too large.
    let room = UnsafeMutableRawBufferPointer(
      rebasing: output[..<(left < output.count ? left + 1 : output.count)])
    let progress: Progress
    do throws(DecompressionError.Fault) {
      progress = try input.withUnsafeBytes { bytes throws(DecompressionError.Fault) in
        try decoder.step(bytes, into: room)
      }
    } catch {
      throw failure(error)
    }
    assert(progress.consumed <= input.byteCount && progress.produced <= room.count, "beyond a buffer")
    // Otherwise a caller would repeat the same call without end.
    guard progress.produced == room.count || progress.consumed == input.byteCount else {
      throw failure(.malformed("the data cannot be expanded"))
    }
    compressedBytes += progress.consumed
    expandedBytes += progress.produced
    guard expandedBytes <= limits.bytes else { throw failure(.tooLarge) }
    guard expandedBytes <= limits.freeBytes || expandedBytes / limits.ratio <= compressedBytes else {
      throw failure(.expandsTooMuch)
    }
    return progress
  }

  /// Ends the input.
  /// - Throws: `truncated` when a member or frame is incomplete, or when there was none.
  package func finish() throws(DecompressionError) {
    guard decoder.isComplete else { throw failure(.truncated) }
  }

  private func failure(_ fault: DecompressionError.Fault) -> DecompressionError {
    DecompressionError(format: format, fault: fault, offset: compressedBytes)
  }
}

/// The state of a library that expands one format.
protocol FormatDecoder: AnyObject {
  /// Whether the input so far is one or more complete members or frames.
  var isComplete: Bool { get }

  /// Consumes input until it is used up or `output` is full.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError.Fault) -> Decompressor.Progress
}
