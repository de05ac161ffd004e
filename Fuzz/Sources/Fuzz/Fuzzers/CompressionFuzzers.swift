import CompressedSamples
import Compression

/// Expansion of members of gzip.
enum GzipFuzzer: Fuzzer {
  static let name = "gzip"
  static let longestInput = 4_096
  static var seeds: [[UInt8]] {
    let members = Samples.batches.map { CompressedSamples.gzip($0) }
    return members + [members.flatMap(\.self)]
  }
  static func run(_ input: UnsafeRawBufferPointer) { ExpansionCheck.run(input, .gzip) }
}

/// Expansion of the content coding `deflate`, with and without the header of zlib.
enum DeflateFuzzer: Fuzzer {
  static let name = "deflate"
  static let longestInput = 4_096
  static var seeds: [[UInt8]] {
    Samples.batches.flatMap { [CompressedSamples.zlib($0), CompressedSamples.rawDeflate($0)] }
  }
  static func run(_ input: UnsafeRawBufferPointer) { ExpansionCheck.run(input, .deflate) }
}

/// Expansion of frames of Zstandard.
enum ZstdFuzzer: Fuzzer {
  static let name = "zstd"
  static let longestInput = 4_096
  static var seeds: [[UInt8]] {
    let frames = Samples.batches.flatMap {
      [CompressedSamples.zstd($0), CompressedSamples.zstd($0, hasChecksum: false, windowLog: 12)]
    }
    return frames + [frames.flatMap(\.self), CompressedSamples.zstdZeros(1 << 20)]
  }
  static func run(_ input: UnsafeRawBufferPointer) { ExpansionCheck.run(input, .zstd) }
}

/// Expands an input as a whole and in small pieces, and compares the results.
private enum ExpansionCheck {
  private static let limits = ExpansionLimits(bytes: 1 << 18, ratio: .max, freeBytes: 0, windowLog: 20)

  static func run(_ input: UnsafeRawBufferPointer, _ format: CompressionFormat) {
    let whole = expand(input, format, step: max(input.count, 1), room: 1 << 19)
    let pieces = expand(input, format, step: 7, room: 1_000)
    // libzstd reads a frame that arrives as a whole in another way, which refuses some malformed blocks that the other
    // one permits, such as a compressed block without bytes.
    let agree = (whole.fault == nil) == (pieces.fault == nil)
    precondition(agree || format == .zstd, "the sizes of the pieces matter")
    let isComplete = whole.fault == nil && pieces.fault == nil
    precondition(!isComplete || whole.bytes == pieces.bytes, "the pieces have other bytes")
  }

  private static func expand(
    _ input: UnsafeRawBufferPointer, _ format: CompressionFormat, step: Int, room: Int
  ) -> (bytes: [UInt8], fault: DecompressionError.Fault?) {
    var expanded: [UInt8] = []
    do throws(DecompressionError) {
      var decompressor = try Decompressor(format, limits: limits)
      var (place, arrived) = (0, 0)
      repeat {
        arrived = min(arrived + step, input.count)
        var isFilled = true
        while isFilled || place < arrived {
          let bytes = input.bytes.extracting(place..<arrived)
          let piece = try takePiece(of: bytes, room: room, &decompressor)
          place += piece.consumed
          expanded += piece.bytes
          precondition(expanded.count <= limits.bytes, "beyond the limit")
          isFilled = piece.bytes.count == room
        }
      } while arrived < input.count
      try decompressor.finish()
      return (expanded, nil)
    } catch {
      precondition(error.fault != .noMemory, "a window beyond its bound")
      return (expanded, error.fault)
    }
  }

  private static func takePiece(
    of bytes: RawSpan, room: Int, _ decompressor: inout Decompressor
  ) throws(DecompressionError) -> (consumed: Int, bytes: [UInt8]) {
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
    defer { output.deallocate() }
    let progress = try decompressor.expand(bytes, into: output)
    return (progress.consumed, Array(output[..<progress.produced]))
  }
}
