internal import CZstd

/// Expands Zstandard with libzstd.
final class ZstdDecoder: FormatDecoder {
  private let context: OpaquePointer
  private var frames = 0
  private var isInside = false

  /// Creates a decoder; nil when the system has no memory.
  init?(windowLog: Int) {
    guard let context = ZSTD_createDCtx() else { return nil }
    self.context = context
    let result = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, CInt(windowLog))
    precondition(ZSTD_isError(result) == 0, "the window is outside the range of libzstd")
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  var isComplete: Bool { frames > 0 && !isInside }

  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError.Fault) -> Decompressor.Progress {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    while isInside || source.pos < source.size {
      if !isInside { try begin(with: input[source.pos]) }
      let before = (source.pos, target.pos)
      let result = ZSTD_decompressStream(context, &target, &source)
      guard ZSTD_isError(result) == 0 else { throw fault(result) }
      // 0 means that a frame is complete, and that all its bytes were written.
      if result == 0 {
        frames += 1
        isInside = false
      }
      if target.pos == target.size || before == (source.pos, target.pos) { break }
    }
    return Decompressor.Progress(consumed: source.pos, produced: target.pos)
  }

  /// Begins the next frame (RFC 8878, sections 3.1.1 and 3.1.2), whose first byte is `byte`. The libraries of some
  /// systems also read formats from before the standard; their old decoders must see no foreign bytes.
  private func begin(with byte: UInt8) throws(DecompressionError.Fault) {
    let isSkippable = byte & 0xF0 == 0x50
    guard byte == CompressionFormat.zstd.mark.first || isSkippable else {
      throw frames > 0 ? .trailingBytes : .malformed("the data does not begin with a frame")
    }
    isInside = true
  }

  private func fault(_ result: Int) -> DecompressionError.Fault {
    switch ZSTD_getErrorCode(result) {
    case ZSTD_error_checksum_wrong: .wrongChecksum
    case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge
    case ZSTD_error_dictionary_wrong, ZSTD_error_dictionary_corrupted: .needsDictionary
    case ZSTD_error_memory_allocation: .noMemory
    case ZSTD_error_prefix_unknown where frames > 0: .trailingBytes
    default: .malformed(ZSTD_getErrorName(result).map { String(cString: $0) } ?? "the data is malformed")
    }
  }
}
