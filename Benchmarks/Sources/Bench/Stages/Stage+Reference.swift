import CLZ4
import WireProtocol

extension Stage {
  /// The least work of a receiver of these bytes: copying them once and decompressing them.
  static func references(_ material: Material) -> [Stage] {
    let longest = material.frames.map(\.bytes.count).max() ?? 0
    let largest = material.columns.map(\.count).max() ?? 0
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: longest, alignment: 16)
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: largest, alignment: 16)
    return [
      Stage("memcpy", .reference) {
        for frame in material.frames {
          received.copyBytes(from: frame.bytes)
          keep(Int(received[frame.bytes.count / 2]))
        }
      },
      Stage("memcpy and LZ4", .reference) {
        for (frame, block) in zip(material.frames, material.blocks) {
          received.copyBytes(from: frame.bytes)
          keep(decompress(block.bytes, into: raw))
        }
      },
    ]
  }

  private static func decompress(_ block: [UInt8], into raw: UnsafeMutableRawBufferPointer) -> Int {
    block.withUnsafeBytes { source in
      Int(LZ4_decompress_safe(source.baseAddress, raw.baseAddress, CInt(source.count), CInt(raw.count)))
    }
  }
}
