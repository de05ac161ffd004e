import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("TailCursor")
struct TailCursorTests {
  private let window = TailWindow(
    from: "10:20:12", to: TailPosition(snapshot: "15:30:16,17", time: -5, lineage: "x-00000001"))

  @Test(arguments: [nil, TailPlace(batchID: .min, eventID: "ü\"", topic: "a b")])
  func isReadAsItWasWritten(_ place: TailPlace?) {
    let cursor = TailCursor(window, place: place)
    #expect(TailCursor(cursor.text) == cursor)
  }

  @Test func hasOnlyCharactersThatALineOfTheStreamCanHold() {
    let cursor = TailCursor(window, place: TailPlace(batchID: 1, eventID: "a\r\nb", topic: ":"))
    #expect(cursor.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
  }

  @Test(arguments: [
    ["x", "15:30:", "5", "a"], ["10:20:", "x", "5", "a"], ["10:20:", "15:30:", "a"], [],
    ["10:20:", "15:30:", "12345678", "a", "12345678", "a\0", "t"],
  ])
  func refusesFieldsThatThisServerNeverWrote(_ fields: [String]) {
    let text = PageCursor(fields.map { Array($0.utf8) }).text(for: "events/stream")
    #expect(TailCursor(text) == nil)
  }
}
