internal import CZlib
internal import CZstd

/// Compresses bytes for tests.
public enum CompressedSamples {
  /// Returns one member of gzip (RFC 1952).
  public static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, window: 15 + 16) }

  /// Returns the zlib format (RFC 1950).
  public static func zlib(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, window: 15) }

  /// Returns DEFLATE without a header (RFC 1951).
  public static func rawDeflate(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, window: -15) }

  /// Returns one frame of Zstandard (RFC 8878).
  /// - Parameters:
  ///   - hasChecksum: Whether a checksum follows the data.
  ///   - windowLog: The logarithm of the window; nil lets the library choose.
  public static func zstd(_ bytes: [UInt8], hasChecksum: Bool = true, windowLog: Int? = nil) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, hasChecksum ? 1 : 0)
    if let windowLog {
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, CInt(windowLog))
      // With the size of the data in its header, a frame would not need the whole window.
      ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
    }
    return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
      count = bytes.withUnsafeBytes {
        ZSTD_compress2(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
      }
      precondition(ZSTD_isError(count) == 0, "the sample cannot be compressed")
    }
  }

  /// Returns a frame of Zstandard of `count` zeros, made from blocks that repeat one byte (RFC 8878, section
  /// 3.1.1.2.2): 4 bytes for each 128 KiB.
  public static func zstdZeros(_ count: Int) -> [UInt8] {
    let block = 128 << 10
    precondition(count > 0 && count.isMultiple(of: block), "only whole blocks")
    // A window of 128 KiB, no size of the content, no checksum.
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
    for index in 1...count / block {
      let header = UInt32(block) << 3 | 1 << 1 | (index == count / block ? 1 : 0)
      frame += [
        UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8),
        UInt8(truncatingIfNeeded: header >> 16), 0,
      ]
    }
    return frame
  }

  private static func deflate(_ bytes: [UInt8], window: CInt) -> [UInt8] {
    var stream = z_stream()
    let size = CInt(MemoryLayout<z_stream>.size)
    let begun = deflateInit2_(
      &stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    precondition(begun == Z_OK, "zlib has no memory")
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let result = CZlib.deflate(&stream, Z_FINISH)
        precondition(result == Z_STREAM_END, "the bound was too small")
      }
      count = output.count - Int(stream.avail_out)
    }
  }
}
