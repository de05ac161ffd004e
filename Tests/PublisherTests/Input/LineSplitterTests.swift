import Testing

@testable import Publisher

@Suite struct LineSplitterTests {
  /// The lines of a text that arrives in parts.
  private func lines(_ parts: [String], limit: Int = 100) -> [String] {
    var splitter = LineSplitter(limit: limit)
    var found: [String] = []
    func collect(_ lines: LineSplitter.Lines) {
      for (number, line) in lines.lines {
        switch line {
        case .at(let range): found.append("\(number):" + String(decoding: lines.bytes[range], as: UTF8.self))
        case .tooLong: found.append("\(number):too long")
        }
      }
    }
    for part in parts { collect(splitter.add(Array(part.utf8))) }
    collect(splitter.finish())
    return found
  }

  @Test func splitsAtLineEndsAndNumbersLines() {
    #expect(lines(["a\nbb\n\nc"]) == ["1:a", "2:bb", "3:", "4:c"])
    #expect(lines(["a\n"]) == ["1:a"])
    #expect(lines([""]) == [])
  }

  @Test func findsTheSameLinesInPartsOfAnySize() {
    let text = "first\nsecond\n\nlast"
    for first in 0...text.count {
      for second in first...text.count {
        let parts = [
          String(text.prefix(first)), String(text.dropFirst(first).prefix(second - first)),
          String(text.dropFirst(second)),
        ]
        #expect(lines(parts) == ["1:first", "2:second", "3:", "4:last"])
      }
    }
  }

  @Test func acceptsALineAtTheLimitAndSkipsALongerOne() {
    #expect(lines(["12345\n", "6\n"], limit: 5) == ["1:12345", "2:6"])
    #expect(lines(["123456\n", "7\n"], limit: 5) == ["1:too long", "2:7"])
    #expect(lines(["123", "456", "789", "0\n7\n"], limit: 5) == ["1:too long", "2:7"])
    #expect(lines(["1234567"], limit: 5) == ["1:too long"])
    #expect(lines(["123", "4567"], limit: 5) == ["1:too long"])
  }
}
