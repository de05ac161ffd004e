import WireProtocol

/// Decompression: the first three bytes are the announced length, the rest is the block. And what was
/// compressed comes back.
enum LZ4Fuzzer: Fuzzer {
  static let name = "lz4"
  static let longestInput = 4_096

  static var seeds: [[UInt8]] {
    Samples.batches.compactMap { columns in
      LZ4Block.compress(columns.span.bytes).map { block in
        (0..<3).map { UInt8(truncatingIfNeeded: columns.count >> (8 * $0)) } + block
      }
    }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    compressAndBack(input)
    guard input.count >= 3 else { return }
    let rawLength = Int(input[0]) | Int(input[1]) << 8 | Int(input[2]) << 16
    do throws(WireError) {
      let bytes = try LZ4Block.decompress(input.bytes.extracting(3..<input.count), rawLength: rawLength)
      precondition(bytes.count == rawLength, "\(bytes.count) bytes instead of \(rawLength)")
      bytes.withUnsafeBytes { compressAndBack($0) }
    } catch {
      precondition(error.code == .badCompression, "\(error)")
    }
  }

  private static func compressAndBack(_ bytes: UnsafeRawBufferPointer) {
    guard let block = LZ4Block.compress(bytes.bytes) else { return }
    precondition(block.count < bytes.count, "compression made it longer")
    let back = try? LZ4Block.decompress(block.span.bytes, rawLength: bytes.count)
    precondition(back.map { $0.elementsEqual(bytes) } == true, "what was compressed did not come back")
  }
}
