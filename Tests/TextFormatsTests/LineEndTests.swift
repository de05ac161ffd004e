import Testing

@testable import TextFormats

struct LineEndTests {
  @Test("Finds the first line feed at every place of texts of every length")
  func findsTheFirstLineFeed() {
    for length in 0..<40 {
      for start in 0...length {
        // Bytes beside a line feed's value, because the search compares words.
        var text = (0..<length).map { $0.isMultiple(of: 2) ? UInt8(0x0B) : 0x8A }
        #expect(LineEnd.next(from: start, before: length, in: text.span.bytes) == length)
        for place in 0..<length {
          let kept = text[place]
          text[place] = 0x0A
          #expect(
            LineEnd.next(from: start, before: length, in: text.span.bytes) == (place < start ? length : place)
          )
          text[place] = kept
        }
      }
    }
  }
}
