import Testing

@testable import HTTPAdmin

struct PageCursorTests {
  @Test(arguments: [[], [[]], [[1, 2], [], [255]], [[UInt8](repeating: 7, count: 1_020)]] as [[[UInt8]]])
  func isReadAsItWasWritten(_ fields: [[UInt8]]) {
    #expect(PageCursor(PageCursor(fields).text(for: "q"), for: "q")?.fields == fields)
  }

  @Test func isValidForItsQueryOnly() {
    let text = PageCursor([[1]]).text(for: "events t")
    #expect(PageCursor(text, for: "events t") != nil)
    #expect(PageCursor(text, for: "events u") == nil)
    #expect(PageCursor(text, for: "") == nil)
  }

  @Test func numbersMustHaveTheRequestedWidth() {
    let cursor = PageCursor([PageCursor.bytes(of: Int64.min), PageCursor.bytes(of: UInt64.max), [1], [0xFF]])
    #expect(cursor.number(0, as: Int64.self) == .min)
    #expect(cursor.number(1, as: UInt64.self) == .max)
    #expect(cursor.number(2, as: Int64.self) == nil)
    #expect(cursor.number(4, as: Int64.self) == nil)
    #expect(cursor.text(2) == "\u{1}")
    #expect(cursor.text(3) == nil && cursor.text(4) == nil)
  }
}
