import Ingest
import Testing

struct PeerTextTests {
  @Test(arguments: [
    ("plain text, ünïcode", "plain text, ünïcode"), ("two\nlines\r\n", "two\\nlines\\r\\n"),
    ("\u{1B}[2J", "\\u{1b}[2J"), ("a\u{202E}b\u{2028}c", "a\\u{202e}b\\u{2028}c"),
    ("back\\slash", "back\\\\slash"),
  ])
  func showsOneLineWithoutTerminalControls(_ text: String, _ shown: String) {
    #expect(PeerText.printable(text) == shown)
  }

  @Test func cutsLongTextsAndSaysHowLongTheyAre() {
    let shown = PeerText.printable(String(repeating: "x", count: 65_000))
    #expect(shown == String(repeating: "x", count: PeerText.scalars) + "… (65000 bytes)")
  }
}
