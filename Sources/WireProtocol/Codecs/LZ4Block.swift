import CLZ4

/// A block of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), without LZ4's frame format:
/// the header of the protocol's frame holds the length of the uncompressed bytes.
public enum LZ4Block {
  /// The most uncompressed bytes that one byte of a block can produce.
  static let maximumRatio = 255

  /// The compressor's trade of size for speed: 1 is LZ4's default, and a larger number is faster and
  /// compresses less. With 3, batches of events take a quarter less time and become a twentieth larger
  /// (`docs/decisions/0012-producers-compress-with-lz4-acceleration-3.md`).
  public static let acceleration = 3

  /// Compresses `bytes`.
  /// - Returns: the block; nil when the block would not be shorter than `bytes`.
  public static func compress(_ bytes: RawSpan) -> [UInt8]? {
    guard bytes.byteCount > 1, let size = Int32(exactly: bytes.byteCount) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: bytes.byteCount - 1, alignment: 1) { room in
      let written = bytes.withUnsafeBytes { source in
        LZ4_compress_fast(source.baseAddress, room.baseAddress, size, size - 1, Int32(acceleration))
      }
      return written > 0 ? Array(UnsafeRawBufferPointer(rebasing: room[..<Int(written)])) : nil
    }
  }

  /// Decompresses `block` to exactly `rawLength` bytes, and reuses the memory of `buffer` when it is large
  /// enough.
  ///
  /// Otherwise `rawLength` bytes are allocated, so the caller compares `rawLength` with its limit first.
  /// - Throws: `badCompression` when `block` is damaged or decompresses to another length.
  public static func decompress(
    _ block: RawSpan, rawLength: Int, into buffer: consuming [UInt8] = []
  ) throws(WireError) -> [UInt8] {
    guard let sent = Int32(exactly: block.byteCount), let room = Int32(exactly: rawLength), room >= 0,
      rawLength <= maximumRatio * block.byteCount
    else {
      throw WireError(
        .badCompression, "\(block.byteCount) bytes of LZ4 cannot decompress to \(rawLength)")
    }
    var written: Int32 = -1
    buffer.removeAll(keepingCapacity: true)
    buffer.append(addingCapacity: rawLength) { output in
      output.withUnsafeMutableBufferPointer { free, initialized in
        written = block.withUnsafeBytes { source in
          free.withMemoryRebound(to: CChar.self) {
            LZ4_decompress_safe(source.baseAddress, $0.baseAddress, sent, room)
          }
        }
        initialized = max(0, Int(written))
      }
    }
    guard written == room else {
      let found = written < 0 ? "is damaged or longer" : "decompresses to \(written) bytes"
      throw WireError(.badCompression, "the LZ4 block \(found); its frame announces \(rawLength)")
    }
    return buffer
  }
}
