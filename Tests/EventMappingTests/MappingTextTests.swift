import Testing

@testable import EventMapping

@Suite("Mapping text")
struct MappingTextTests {
  @Test("splits words at & and the first =")
  func splitsWords() throws {
    let words = try MappingText("topic=a=b&_id_field=%41&drop=").words()
    #expect(words.map(\.name) == ["topic", "_id_field", "drop"])
    #expect(words.map(\.value) == ["a=b", "%41", ""])
    #expect(try MappingText("").words().isEmpty)
  }

  @Test("refuses a part that is no word")
  func refusesAPart() {
    #expect(throws: MappingError(word: "drop", message: "It is not NAME=VALUE.")) {
      try MappingText("topic=a&drop").words()
    }
  }
}
