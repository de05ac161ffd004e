import Testing

@testable import EventMapping

@Suite("Mapping words")
struct MappingWordTests {
  private static func read(_ words: KeyValuePairs<String, String>) throws(MappingError) -> EventMapping {
    try EventMapping(words: words.map { (name: $0.key, value: $0.value) }, source: "http")
  }

  @Test("reads each word")
  func readsEachWord() throws {
    let mapping = try Self.read([
      "topic": "logs", "_topic_field": "kind", "_time_field": "@timestamp", "_id_field": "log.id",
      "source": "web",
      "_source_field": "host.name", "_payload_field": "data", "drop": "1", "_on_error": "refuse",
    ])
    #expect(mapping.topic == "logs")
    #expect(mapping.source == "web")
    #expect(mapping.dropsMappedFields)
    #expect(mapping.onError == .refuse)
    let paths = MappedField.allCases.map { mapping.path(of: $0)?.text }
    #expect(paths == ["kind", "log.id", "@timestamp", "host.name", "data"])
  }

  @Test("has defaults for all words but the topic")
  func hasDefaults() throws {
    let mapping = try Self.read(["topic": "logs"])
    #expect(mapping == EventMapping(topic: "logs", source: "http"))
    #expect(mapping.onError == .dead)
  }

  @Test(
    "refuses each mistake with its word and a hint",
    arguments: [
      ([], "topic", "It is missing"), ([("source", "x")], "topic", "It is missing"),
      ([("topic", "a"), ("topic", "b")], "topic", "more than once"), ([("topic", "")], "topic", "1 to 255"),
      ([("topic", String(repeating: "x", count: 256))], "topic", "not 256"),
      ([("topic", "a\u{0}b")], "topic", "U+0000"), ([("source", "")], "source", "1 to 255"),
      ([("topic", "a"), ("drop", "yes")], "drop", "1 or 0"),
      ([("_on_error", "skip")], "_on_error", "dead or refuse"),
      ([("_time_fields", "t")], "_time_fields", "Did you mean _time_field?"),
      ([("Topic", "t")], "Topic", "Did you mean topic?"),
      ([("entirely_else", "t")], "entirely_else", "The words are"),
      ([("_id_field", "")], "_id_field", "name of a member"),
      ([("_id_field", "a..b")], "_id_field", "one dot"),
      ([("_id_field", ".a")], "_id_field", "one dot"), ([("_id_field", "a.")], "_id_field", "one dot"),
      ([("_id_field", String(repeating: "x", count: 256))], "_id_field", "255 bytes"),
    ] as [([(String, String)], String, String)])
  func refusesMistakes(_ words: [(String, String)], _ word: String, _ hint: String) {
    let error = #expect(throws: MappingError.self) {
      try EventMapping(words: words.map { (name: $0.0, value: $0.1) }, source: "http")
    }
    #expect(error?.word == word)
    #expect(error?.message.contains(hint) == true, "\(error?.message ?? "no error")")
  }
}
