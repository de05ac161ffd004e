/// The topics that a reader may see, when it may not see all of them. Names are compared byte by byte, as the
/// database does.
public struct PermittedTopics: Hashable, Sendable {
  /// Topics by name.
  public let names: [String]
  /// Beginnings of topics. The empty text permits every topic.
  public let prefixes: [String]

  /// Permits topics by name and by their beginnings. Nothing is permitted when both are empty.
  public init(names: [String], prefixes: [String]) {
    self.names = names
    self.prefixes = prefixes
  }

  /// Returns whether the reader may see `topic`.
  public func contains(_ topic: String) -> Bool {
    names.contains { $0.utf8.elementsEqual(topic.utf8) }
      || prefixes.contains { topic.utf8.starts(with: $0.utf8) }
  }
}
