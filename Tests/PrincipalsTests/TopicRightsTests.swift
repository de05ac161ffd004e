import Testing

@testable import Principals

struct TopicRightsTests {
  @Test(
    arguments: [
      ("orders", .exact("orders")), ("orders.*", .prefix("orders.")), ("*", .prefix("")),
      ("ü*", .prefix("ü")),
      ("", nil), ("a*b", nil), ("**", nil), ("a\0", nil), ("*a", nil),
    ] as [(String, TopicPattern?)])
  func readsNamesAndPrefixes(text: String, pattern: TopicPattern?) {
    #expect(TopicPattern(text) == pattern)
    if let pattern { #expect(pattern.text == text) }
  }

  @Test(
    arguments: [
      (.all, "x", true), (.only([]), "x", false), (.only([.exact("a")]), "a", true),
      (.only([.exact("a")]), "ab", false), (.only([.prefix("orders.")]), "orders.eu", true),
      (.only([.prefix("orders.")]), "orders", false), (.only([.exact("b"), .prefix("a")]), "b", true),
      // Another normal form of a letter is another topic, as in the database.
      (.only([.exact("\u{E9}")]), "e\u{301}", false), (.only([.prefix("e")]), "e\u{301}", true),
    ] as [(TopicRights, String, Bool)])
  func permitsTopicsByteByByte(rights: TopicRights, topic: String, isPermitted: Bool) {
    #expect(rights.permit(topic) == isPermitted)
    #expect(rights.permit(Array(topic.utf8)) == isPermitted)
  }

  @Test(
    arguments: [
      ("shop", true), ("Shop-1.eu_x", true), ("", false), (".shop", false), ("-shop", false), ("a b", false),
      ("ü", false), (" ", false), (String(repeating: "a", count: 65), false),
    ])
  func restrictsNames(text: String, isName: Bool) {
    #expect(Principal.isName(text) == isName)
  }
}
