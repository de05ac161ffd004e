import Testing

@testable import Publisher

@Suite struct LineSplitterTests {
  /// The lines of a text that arrives in parts.
  private func lines(
    _ parts: [String], limit: Int = 100, _ kind: RecordBoundary.Kind = .lines
  ) -> [String] {
    var splitter = LineSplitter(limit: limit, boundary: kind)
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

  /// Line ends and brackets within a skipped record do not end it, wherever the parts are divided.
  @Test(
    arguments: [
      (.quotedLines, "a,\"b\nb\"\"\n,\"\n7\n", ["1:too long", "2:7"]),
      (.values, "[{\"a\":\"}\\\"}\",\"b\":[1]}, 7]", ["1:too long", "2:7"]),
    ] as [(RecordBoundary.Kind, String, [String])])
  func skipsALongRecordToItsEnd(_ kind: RecordBoundary.Kind, _ text: String, _ expected: [String]) {
    for size in 1...text.utf8.count {
      let bytes = Array(text.utf8)
      let parts = stride(from: 0, to: bytes.count, by: size).map {
        String(decoding: bytes[$0...].prefix(size), as: UTF8.self)
      }
      #expect(lines(parts, limit: 5, kind) == expected, "parts of \(size) bytes")
    }
  }

  /// One quotation mark too many must not take the whole input with it.
  @Test(arguments: [RecordBoundary.Kind.quotedLines, .values])
  func aRecordWithoutAnEndDoesNotTakeEverything(_ kind: RecordBoundary.Kind) {
    let parts = ["\"1234567\n"] + Array(repeating: "12345\n", count: 16) + ["7\n", "8\n"]
    #expect(lines(parts, limit: 5, kind).suffix(2) == ["4:7", "5:8"])
  }
}
