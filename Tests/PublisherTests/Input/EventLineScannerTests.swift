import Testing

@testable import Publisher

@Suite struct EventLineScannerTests {
  private func value(_ text: String) throws(LineProblem) -> String {
    let bytes = Array(text.utf8)
    var scanner = EventLineScanner()
    let range = try scanner.value(bytes.span.bytes)
    return String(decoding: bytes[range], as: UTF8.self)
  }

  @Test(arguments: [
    ("null,", "null"), ("true]", "true"), ("-12.5e+3 x", "-12.5e+3"), ("0123", "0"),
    (#""a\"b"c"#, #""a\"b""#),
    ("[1,[2]]]", "[1,[2]]"), (#"{"a":{"b":[]}}}"#, #"{"a":{"b":[]}}"#), ("1.5.5", "1.5"),
  ])
  func endsWhereTheValueEnds(_ text: String, _ found: String) throws {
    #expect(try value(text) == found)
  }

  @Test func saysWhetherAStringHasEscapes() throws {
    for (text, hasEscapes) in [(#""plain""#, false), (#""a\n""#, true)] {
      let bytes = Array(text.utf8)
      var scanner = EventLineScanner()
      let found = try scanner.string(bytes.span.bytes)
      #expect(found.hasEscapes == hasEscapes)
      #expect(found.range == 1..<bytes.count - 1)
    }
  }

  @Test(
    arguments: [
      (#"\n"#, "\n"), (#"\u0041"#, "A"), (#"\u20AC"#, "€"), (#"\ud83d\ude00"#, "😀"),
      (#"\uDBFF\uDFFF"#, "\u{10FFFF}"),
      (#"\ud800\udc00"#, "\u{10000}"),
    ] as [(String, Unicode.Scalar)])
  func resolvesEscapes(_ text: String, _ scalar: Unicode.Scalar) throws {
    let bytes = Array(text.utf8)
    var scanner = EventLineScanner()
    #expect(try scanner.escape(bytes.span.bytes) == scalar)
    #expect(scanner.position == bytes.count)
  }
}
