import Testing

@testable import Publisher

struct RecordBoundaryTests {
  /// The records of an input that arrives in parts of `size` bytes.
  private func records(_ text: String, _ kind: RecordBoundary.Kind, parts size: Int) -> [String] {
    var splitter = LineSplitter(boundary: kind)
    var rest = Array(text.utf8)[...]
    var records: [String] = []
    func add(_ lines: LineSplitter.Lines) {
      for (_, line) in lines.lines {
        guard case .at(let range) = line else { continue }
        records.append(String(decoding: lines.bytes[range], as: UTF8.self))
      }
    }
    while !rest.isEmpty {
      add(splitter.add(Array(rest.prefix(size))))
      rest = rest.dropFirst(size)
    }
    add(splitter.finish())
    return records.filter { !$0.allSatisfy(\.isWhitespace) }
  }

  @Test(
    arguments: [
      (.lines, "a\nb\"\nc", ["a", "b\"", "c"]),
      (.quotedLines, "a,b\n\"x\ny\",\"\"\"\n\"\nz", ["a,b", "\"x\ny\",\"\"\"\n\"", "z"]),
      (.quotedLines, "a\"b,c\nd,\"e\"f\ng\n", ["a\"b,c", "d,\"e\"f", "g"]),
      (.values, #"[{"a":1}, [2,"]"] ,3 , "x\"," ]"#, [#"{"a":1}"#, #"[2,"]"]"#, "3", #""x\",""#]),
      (.values, "{\"a\":\n{\"b\":2}}\n{} 7 \"x\"", ["{\"a\":\n{\"b\":2}}", "{}", "7", "\"x\""]),
      (.values, " [ ] ", []), (.values, "}{", ["}", "{"]), (.values, "{\"open", ["{\"open"]),
    ] as [(RecordBoundary.Kind, String, [String])])
  func findsTheSameRecordsInAnyParts(_ kind: RecordBoundary.Kind, _ text: String, _ expected: [String]) {
    for size in [1, 2, 3, 7, 1_000] {
      #expect(records(text, kind, parts: size) == expected, "parts of \(size) bytes")
    }
  }
}
