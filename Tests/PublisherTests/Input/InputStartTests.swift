import Compression
import Testing

@testable import Publisher

@Suite struct InputStartTests {
  /// Reads an input that arrives in parts of `bytes` bytes.
  private func read(_ input: [UInt8], parts: Int) throws(RunFailure) -> [UInt8] {
    var (start, bytes, rest) = (InputStart(), [UInt8](), input[...])
    while !rest.isEmpty {
      bytes += try start.take(Array(rest.prefix(parts)))
      rest = rest.dropFirst(parts)
    }
    return try bytes + start.finish()
  }

  @Test(arguments: [1, 2, 7, 100]) func skipsOnlyAByteOrderMark(parts: Int) throws {
    for text in ["", "a", "\n", "{}", "{}\n", "a long line without an end", "\n\n{}"] {
      let bytes = Array(text.utf8)
      #expect(try read(bytes, parts: parts) == bytes)
      #expect(try read([0xEF, 0xBB, 0xBF] + bytes, parts: parts) == bytes)
    }
    #expect(try read([0xEF, 0xBB], parts: parts) == [0xEF, 0xBB])
  }

  @Test(
    arguments: [
      ([0x1F, 0x8B, 8, 0, 0, 0, 0], .gzip), ([0x28, 0xB5, 0x2F, 0xFD, 1, 2], .zstd), ([0x1F, 0x8B], .gzip),
    ] as [([UInt8], CompressionFormat)])
  func recognisesGzipAndZstandard(_ bytes: [UInt8], _ format: CompressionFormat) throws {
    var start = InputStart()
    #expect(try bytes.flatMap { try start.take([$0]) } + start.finish() == bytes)
    #expect(start.kind == .compressed(format))
    var inner = InputStart(isExpanded: true)
    let failure = #expect(throws: RunFailure.self) { try inner.take(bytes) + inner.finish() }
    #expect(failure?.description.contains(format.rawValue) == true)
  }

  @Test(
    arguments: [
      ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41], "bzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "xz"),
      ([0x04, 0x22, 0x4D, 0x18, 1, 1], "lz4"), ([0x50, 0x4B, 3, 4, 0, 0], "zip"),
      ([0xFF, 0xFE, 0x7B, 0, 0x7D, 0], "UTF-16"),
    ] as [([UInt8], String)])
  func rejectsOtherCompressionsAndUTF16(_ bytes: [UInt8], _ name: String) {
    for parts in [1, 100] {
      let failure = #expect(throws: RunFailure.self) { try read(bytes, parts: parts) }
      #expect(failure?.status == .input)
      #expect(failure?.description.contains(name) == true)
    }
  }
}
