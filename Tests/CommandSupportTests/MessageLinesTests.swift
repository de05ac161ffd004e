import CommandSupport
import Synchronization
import Testing

@Suite struct MessageLinesTests {
  private final class Written: Sendable {
    let text = Mutex("")
    func add(_ part: String) { text.withLock { $0 += part } }
  }

  private func written(_ body: (MessageLines) -> Void) -> String {
    let written = Written()
    body(MessageLines(write: written.add))
    return written.text.withLock { $0 }
  }

  /// Names of files and producers, and texts of servers, are in messages.
  @Test(
    arguments: [
      ("cannot read a\u{1B}]0;x\u{7}.log", #"cannot read a\u{1b}]0;x\u{7}.log"#),
      ("the field \"\u{9B}2J\"", #"the field "\u{9b}2J""#), ("txt.\u{202E}gpj", #"txt.\u{202e}gpj"#),
      ("one\nwarning: two\r", #"one\nwarning: two\r"#), (#"C:\a \u0000"#, #"C:\a \u0000"#),
      ("größe 日本", "größe 日本"),
    ] as [(String, String)])
  func aMessageIsOneLineWithoutControlSequences(_ text: String, _ shown: String) {
    #expect(written { $0.tell(text) } == shown + "\n")
    #expect(written { $0.show(text) } == "\r\(shown)\u{1B}[K")
  }

  @Test func aMessageTakesThePlaceOfTheProgress() {
    let text = written { lines in
      lines.show("1 of 2")
      lines.tell("problem")
      lines.clear()
      lines.show("2 of 2")
      lines.keep()
      lines.tell("end")
    }
    #expect(text == "\r1 of 2\u{1B}[K\r\u{1B}[Kproblem\n\r2 of 2\u{1B}[K\nend\n")
  }
}
