import Testing

@testable import TextFormats

@Suite("JSONScanner")
struct JSONScannerTests {
  /// Decodes `json` as a string token; nil when it holds half of a surrogate pair.
  private func decoded(_ json: [UInt8]) throws(JSONSyntaxError) -> [UInt8]? {
    var scanner = JSONScanner(0..<json.count)
    var text: [UInt8] = [1, 2, 3]
    guard try scanner.string(into: &text, in: json.span.bytes) else { return nil }
    return text
  }

  @Test(
    arguments: [
      (#""""#, ""), (#" "a""#, "a"), (#""\"\\\/""#, "\"\\/"), (#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e4\u20AC""#, "Aä€"), (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\u{0}"),
      (#""ä€😀""#, "ä€😀"), (#""\uFFFF""#, "\u{FFFF}"), (#""\udbff\udfff""#, "\u{10FFFF}"),
    ])
  func decodesAString(_ json: String, _ text: String) throws {
    #expect(try decoded(Array(json.utf8)) == Array(text.utf8))
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ud83dx""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#, #""\ud83d\n""#,
  ])
  func saysWhenHalfOfASurrogatePairStandsAlone(_ json: String) throws {
    #expect(try decoded(Array(json.utf8)) == nil)
  }

  @Test(
    arguments: [
      ("\"a", 2), ("\"a\\", 3), ("\"\\x\"", 2), ("\"\\u12g4\"", 5), ("\"\\u12", 5), ("\"a\nb\"", 2),
      ("\"\\ud83d\\u00\"", 11), ("a", 0), ("", 0),
    ])
  func saysWhereAStringBreaks(_ json: String, _ offset: Int) {
    let error = #expect(throws: JSONSyntaxError.self) { try decoded(Array(json.utf8)) }
    #expect(error?.offset == offset)
  }

  @Test(
    arguments: [
      ("1.5e+3,", "1.5e+3"), (" true]", "true"), ("\"a\\\"}\" }", "\"a\\\"}\""),
      ("{\"a\":[{}]},", "{\"a\":[{}]}"),
      ("[\"]\"] ", "[\"]\"]"), ("[}", "[}"), ("[1", nil), ("{\"a", nil), ("", nil), (",", nil), ("\"\\", nil),
    ] as [(String, String?)])
  func findsTheEndOfAnyValue(_ json: String, _ value: String?) {
    let bytes = Array(json.utf8)
    var scanner = JSONScanner(0..<bytes.count)
    let range = try? scanner.value(in: bytes.span.bytes)
    #expect(range.map { String(decoding: bytes[$0], as: UTF8.self) } == value)
  }

  @Test func staysInsideItsRange() throws {
    let bytes = Array("[1,2]".utf8)
    var scanner = JSONScanner(1..<2)
    let range = try scanner.value(in: bytes.span.bytes)
    let isAtEnd = scanner.isAtEnd(in: bytes.span.bytes)
    let next = scanner.peek(in: bytes.span.bytes)
    #expect(range == 1..<2)
    #expect(isAtEnd && next == 0)
  }
}
