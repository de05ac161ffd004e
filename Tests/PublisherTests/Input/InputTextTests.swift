import CompressedSamples
import Testing

@testable import Publisher

@Suite struct InputTextTests {
  /// Returns the text of an input that arrives in parts of `step` bytes, and the failure at its end.
  private func read(_ input: [UInt8], step: Int) -> (text: [UInt8], failure: RunFailure?) {
    var text = InputText()
    var read: [UInt8] = []
    do throws(RunFailure) {
      var rest = input[...]
      while !rest.isEmpty {
        try text.add(Array(rest.prefix(step)))
        rest = rest.dropFirst(step)
        while let piece = try text.next() { read += piece }
      }
      try text.end()
      while let piece = try text.next() { read += piece }
      return (read, nil)
    } catch {
      return (read, error)
    }
  }

  @Test(arguments: ["", "{}", "{\"a\":1}\n", String(repeating: "line\n", count: 200_000)])
  func readsTheSameTextInEveryForm(_ text: String) {
    let bytes = Array(text.utf8)
    let marked = [0xEF, 0xBB, 0xBF] + bytes
    let forms = [
      bytes, marked, CompressedSamples.gzip(bytes), CompressedSamples.gzip(marked),
      CompressedSamples.zstd(bytes),
      CompressedSamples.zstd(marked), CompressedSamples.gzip(bytes) + CompressedSamples.gzip([]),
    ]
    for form in forms {
      for step in [1, 100, 1 << 20] where step > 1 || form.count < 10_000 {
        let (read, failure) = read(form, step: step)
        #expect(read == bytes && failure == nil, "in steps of \(step)")
      }
    }
  }

  @Test func returnsTheTextBeforeAFault() {
    let text = Array(String(repeating: "line\n", count: 1_000).utf8)
    for compressed in [CompressedSamples.gzip(text), CompressedSamples.zstd(text)] {
      for step in [1, 1 << 20] {
        let (cut, failure) = read(compressed.dropLast(2), step: step)
        #expect(cut == text && failure?.status == .input)
        #expect(failure?.description.contains("the data ends early") == true)
        let (_, trailing) = read(compressed + [0x7B], step: step)
        #expect(trailing?.description.contains("bytes follow the end") == true)
      }
    }
  }

  @Test func rejectsATextThatIsCompressedTwice() {
    let twice = CompressedSamples.gzip(CompressedSamples.zstd(Array("{}\n".utf8)))
    let (text, failure) = read(twice, step: 3)
    #expect(text.isEmpty)
    #expect(failure?.description.contains("the text of the compressed input is compressed with zstd") == true)
  }

  /// A file that expands enormously takes the memory of one piece.
  @Test func aBombTakesTheMemoryOfOnePiece() throws {
    var text = InputText()
    try text.add(CompressedSamples.zstdZeros(64 << 20))
    var (pieces, longest, sum) = (0, 0, 0)
    while let piece = try text.next() {
      (pieces, longest, sum) = (pieces + 1, max(longest, piece.count), sum + piece.count)
    }
    #expect(sum == 64 << 20 && longest == 256 << 10 && pieces >= 256)
  }
}
