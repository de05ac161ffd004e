import CLZ4

/// One block of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), without a frame
/// around it: the length of the uncompressed bytes travels in the frame's header.
public enum LZ4Block {
  /// The most that one byte of a block can stand for, in uncompressed bytes.
  static let maximumRatio = 255

  /// How hard the compressor looks for repetitions: 1 is LZ4's default, more is quicker and compresses less.
  /// 3 takes a quarter of the time off batches of events and adds a twentieth to their size
  /// (`docs/decisions/0012-compress-quicker.md`).
  public static let acceleration = 3

  /// `bytes` compressed; nil when that would not make them shorter.
  public static func compress(_ bytes: RawSpan) -> [UInt8]? {
    guard bytes.byteCount > 1, let size = Int32(exactly: bytes.byteCount) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: bytes.byteCount - 1, alignment: 1) { room in
      let written = bytes.withUnsafeBytes { source in
        LZ4_compress_fast(source.baseAddress, room.baseAddress, size, size - 1, Int32(acceleration))
      }
      return written > 0 ? Array(UnsafeRawBufferPointer(rebasing: room[..<Int(written)])) : nil
    }
  }

  /// The `rawLength` bytes that `block` stands for, in the memory of `buffer` if there is enough of it.
  ///
  /// Allocates `rawLength` bytes otherwise: compare it with its limit before.
  /// - Throws: `WireError` with code `badCompression` when `block` is damaged or decompresses to any
  ///   other length.
  public static func decompress(
    _ block: RawSpan, rawLength: Int, into buffer: consuming [UInt8] = []
  ) throws(WireError) -> [UInt8] {
    guard let sent = Int32(exactly: block.byteCount), let room = Int32(exactly: rawLength), room >= 0,
      rawLength <= maximumRatio * block.byteCount
    else {
      throw WireError(
        .badCompression, "\(block.byteCount) bytes of LZ4 can not decompress to \(rawLength)")
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
