/// The words of a mapping in one text, as the configuration and `sluice-publish --map` have them: `name=value`, with `&`
/// between. No character is escaped, so a value cannot have `&`.
package struct MappingText: Hashable, Sendable {
  /// The text.
  package let text: String

  /// The names and values in their order. Whether they are words of a mapping is not checked.
  /// - Throws: the first part that has no `=`.
  package func words() throws(MappingError) -> [(name: String, value: String)] {
    var words: [(name: String, value: String)] = []
    for part in text.split(separator: "&") {
      guard let equals = part.firstIndex(of: "=") else {
        throw MappingError(word: String(part), message: "It is not NAME=VALUE.")
      }
      words.append((String(part[..<equals]), String(part[part.index(after: equals)...])))
    }
    return words
  }

  /// Creates the words from their text.
  package init(_ text: String) {
    self.text = text
  }
}
