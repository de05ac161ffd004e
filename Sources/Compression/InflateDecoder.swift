internal import CZlib

/// Expands gzip and `deflate` with zlib.
final class InflateDecoder: FormatDecoder {
  private enum State {
    /// The next byte begins the data, or the next member of gzip.
    case start
    /// Inside the data.
    case inside
    /// The data is complete, and nothing may follow.
    case end
  }

  private let format: CompressionFormat
  /// On the heap, because zlib keeps the address of its stream.
  private let stream: UnsafeMutablePointer<z_stream>
  private var state = State.start
  private var members = 0

  /// Creates a decoder of gzip or `deflate`; nil when the system has no memory.
  init?(_ format: CompressionFormat) {
    assert(format != .zstd, "zlib does not know Zstandard")
    self.format = format
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // The window is set again when the first byte of `deflate` is known.
    let window = format == .gzip ? Self.gzipWindow : Self.zlibWindow
    let size = CInt(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, window, ZLIB_VERSION, size) == Z_OK else { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The largest window, with the header of gzip (zlib.h, inflateInit2).
  private static let gzipWindow: CInt = 15 + 16
  /// The largest window, with the header of zlib.
  private static let zlibWindow: CInt = 15
  /// The largest window, without a header.
  private static let rawWindow: CInt = -15

  var isComplete: Bool { members > 0 && state != .inside }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError.Fault) -> Decompressor.Progress {
    var progress = Decompressor.Progress()
    while true {
      if state != .inside {
        guard progress.consumed < input.count else { return progress }
        try begin(with: input[progress.consumed])
      }
      let left = (
        UInt32(clamping: input.count - progress.consumed), UInt32(clamping: output.count - progress.produced)
      )
      stream.pointee.next_in = UnsafeMutableRawBufferPointer(mutating: input).baseAddress
        .map { ($0 + progress.consumed).assumingMemoryBound(to: UInt8.self) }
      stream.pointee.avail_in = left.0
      stream.pointee.next_out = output.baseAddress
        .map { ($0 + progress.produced).assumingMemoryBound(to: UInt8.self) }
      stream.pointee.avail_out = left.1
      try judge(inflate(stream, Z_NO_FLUSH))
      progress.consumed += Int(left.0 - stream.pointee.avail_in)
      progress.produced += Int(left.1 - stream.pointee.avail_out)
      if progress.produced == output.count { return progress }
      if state == .inside, progress.consumed == input.count { return progress }
    }
  }

  /// Begins the data, or the next member of gzip (RFC 1952, section 2.2), whose first byte is `byte`.
  private func begin(with byte: UInt8) throws(DecompressionError.Fault) {
    guard state == .start, members == 0 || byte == format.mark.first else { throw .trailingBytes }
    if format == .deflate {
      // The method in a zlib header is 8. DEFLATE would begin so only with a block that is not compressed and has a
      // padding that is not zero, which no encoder writes.
      inflateReset2(stream, byte & 0x0F == 8 ? Self.zlibWindow : Self.rawWindow)
    } else if members > 0 {
      inflateReset(stream)
    }
    state = .inside
  }

  private func judge(_ result: CInt) throws(DecompressionError.Fault) {
    switch result {
    // Z_BUF_ERROR says that no progress was possible; it is no fault of the data.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      members += 1
      state = format == .gzip ? .start : .end
    case Z_NEED_DICT: throw .needsDictionary
    case Z_MEM_ERROR: throw .noMemory
    default: throw fault
    }
  }

  /// The fault that zlib found, which tells the kinds apart by its message alone.
  private var fault: DecompressionError.Fault {
    let text = stream.pointee.msg.map { String(cString: $0) } ?? "the data is malformed"
    switch text {
    case "incorrect data check", "incorrect length check": return .wrongChecksum
    case "incorrect header check" where members > 0: return .trailingBytes
    default: return .malformed(text)
    }
  }
}
