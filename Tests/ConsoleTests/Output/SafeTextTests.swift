import Testing

@testable import Console

@Suite struct SafeTextTests {
  @Test(
    arguments: [
      ("orders.created", "orders.created"), ("größe-日本", "größe-日本"), ("a\u{1B}[31mred", #"a\u{1b}[31mred"#),
      ("txt.\u{202E}gpj", #"txt.\u{202e}gpj"#), ("a\nb\tc\r", #"a\nb\tc\r"#), (#"a\b"#, #"a\\b"#),
      ("zero\u{200B}width", #"zero\u{200b}width"#), ("c1\u{9B}31m", #"c1\u{9b}31m"#),
    ] as [(String, String)])
  func whatChangesTheTerminalOrHidesIsVisible(_ text: String, _ shown: String) {
    #expect(SafeText.line(text) == shown)
    #expect(SafeText.name(text) == (text.contains(where: \.isWhitespace) ? "\"\(shown)\"" : shown))
  }

  @Test(
    arguments: [("", "\"\""), (" a", "\" a\""), ("a b", "\"a b\""), ("\"a", "\"\"a\"")] as [(String, String)])
  func aNameWithBlanksHasQuotationMarks(_ name: String, _ shown: String) {
    #expect(SafeText.name(name) == shown)
  }

  @Test func jsonEscapesWhatATerminalWouldTakeAsACommand() throws {
    let text = "{\"a\":\"\u{9B}2J\u{202E}\u{E0001}\\u001b\"}"
    let value = try JSONValue(Array(text.utf8))
    let line = JSONText.line(value)
    #expect(line == #"{"a":"\u009b2J\u202e\udb40\udc01\u001b"}"#)
    #expect(try JSONValue(Array(line.utf8)) == value)
  }

  @Test(
    arguments: [
      (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false),
      (true, ["NO_COLOR": ""], true),
      (true, ["TERM": "dumb"], false),
    ] as [(Bool, [String: String], Bool)])
  func coloursNeedATerminalThatWantsThem(_ isTerminal: Bool, _ environment: [String: String], _ has: Bool) {
    let paint = Painter(isTerminal: isTerminal, environment: environment)
    #expect(paint("x", .red) == (has ? "\u{1B}[31mx\u{1B}[0m" : "x"))
  }
}

@Suite struct DisplayWidthTests {
  @Test(
    arguments: [
      ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("größe", 5), ("🙂", 2), ("", 0),
    ] as [(String, Int)])
  func columns(_ text: String, _ width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test(
    arguments: [
      ("abc", 5, "abc  "), ("abcdef", 4, "abc…"), ("日本語", 4, "日… "), ("abc", 3, "abc"), ("abc", 0, ""),
      ("ab", 1, "…"),
    ] as [(String, Int, String)])
  func textFillsItsColumnsExactly(_ text: String, _ width: Int, _ fitted: String) {
    #expect(DisplayWidth.fitted(text, to: width) == fitted)
  }
}

@Suite struct QuantityTests {
  @Test func numbersForPeople() {
    #expect(Quantity.grouped(1_234_567) == "1,234,567")
    #expect(Quantity.grouped(-12) == "-12")
    #expect(Quantity.grouped(nil as Int?) == "-")
    #expect(Quantity.rounded(12_345.6) == "12,346")
    #expect(Quantity.rounded(0.34) == "0.3")
    #expect(Quantity.rounded(0) == "0")
    #expect(Quantity.rounded(nil) == "-")
    #expect(Quantity.bytes(3 << 20) == "3.0 MiB")
    #expect(Quantity.age(3_600 * 3 + 125) == "3h 2m")
    #expect(Quantity.age(0) == "0s")
  }

  @Test func aSparklineShowsTheLargestNumberFull() {
    #expect(Quantity.sparkline([0, 1, 2, nil, 4]) == "▁▃▅ █")
    #expect(Quantity.sparkline([0, 0]) == "▁▁")
  }
}
