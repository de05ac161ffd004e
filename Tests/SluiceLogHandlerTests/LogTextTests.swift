import Foundation
import Logging
import Testing

@testable import SluiceLogHandler

@Suite struct LogTextTests {
  private struct Fault: Error, CustomStringConvertible {
    let description = "disk \"A\" is full"
  }

  private func event(_ message: String, _ metadata: Logger.Metadata? = nil) -> LogEvent {
    LogEvent(
      level: .notice, message: "\(message)", metadata: metadata, source: "Orders", file: "Orders/a.swift",
      function: "run()", line: 7)
  }

  private func parse(_ text: LogText) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.bytes)) as? [String: Any])
  }

  @Test func hasEveryPartOfALine() throws {
    var event = event("order taken")
    event.error = Fault()
    var text = LogText()
    text.line(event, label: "orders", metadata: ["id": "42", "parts": ["a", ["b": "c"]]])
    let line = try parse(text)
    #expect(line["level"] as? String == "notice")
    #expect(line["label"] as? String == "orders")
    #expect(line["message"] as? String == "order taken")
    #expect(line["source"] as? String == "Orders")
    #expect(line["file"] as? String == "Orders/a.swift")
    #expect(line["function"] as? String == "run()")
    #expect(line["line"] as? Int == 7)
    #expect(line["error"] as? String == "disk \"A\" is full")
    let metadata = try #require(line["metadata"] as? [String: Any])
    #expect(metadata["id"] as? String == "42")
    let parts = try #require(metadata["parts"] as? [Any])
    #expect(parts.first as? String == "a")
    #expect((parts.last as? [String: String]) == ["b": "c"])
  }

  @Test(arguments: ["", "\"", "\\", "\n\r\t\u{8}\u{1F}", "ä€😀", "a\"b\\c\nd", "\u{7F}\u{2028}"])
  func readsBackEveryText(_ message: String) throws {
    var text = LogText()
    text.line(event(message), label: message, metadata: [message: "\(message)"])
    let line = try parse(text)
    #expect(line["message"] as? String == message)
    #expect(line["label"] as? String == message)
    #expect(line["metadata"] as? [String: String] == [message: message])
  }

  /// The server would make the event dead because of the escape of U+0000.
  @Test func replacesTheCharacterThatNoStoredTextMayHave() throws {
    var text = LogText()
    text.line(event("a\0b"), label: "l", metadata: [:])
    #expect(try parse(text)["message"] as? String == "a\u{FFFD}b")
  }

  @Test func writesDeepMetadataAsText() throws {
    var value: Logger.MetadataValue = "leaf"
    for _ in 0..<200 { value = [value] }
    var text = LogText()
    text.line(event("deep"), label: "l", metadata: ["deep": value])
    var inner = (try parse(text)["metadata"] as? [String: Any])?["deep"]
    var depth = 0
    while let array = inner as? [Any] { (inner, depth) = (array.first, depth + 1) }
    #expect((inner as? String)?.contains("leaf") == true)
    #expect((1..<128).contains(depth))
  }

  @Test func cutsALineThatIsTooLong() throws {
    var text = LogText()
    text.cutLine(event(String(repeating: "x", count: 100_000)), label: "l", scalars: 1_000)
    let line = try parse(text)
    #expect((line["message"] as? String)?.count == 1_000)
    #expect(line["cut"] as? Bool == true)
  }

  /// One character may have any number of scalars.
  @Test func cutsWithinACharacterButNotWithinAScalar() throws {
    let character = "e" + String(repeating: "\u{301}", count: 100_000)
    var text = LogText()
    text.cutLine(event(character), label: character, scalars: 1_000)
    let line = try parse(text)
    #expect((line["message"] as? String)?.unicodeScalars.count == 1_000)
    #expect(text.bytes.count < 5_000)
  }
}
