/// Names of topics.
public struct TopicNames: Hashable, Sendable {
  /// At most 1,000, sorted.
  public let names: [String]
  /// How many there are in all.
  public let count: Int

  /// The first names of `count` topics.
  public init(names: [String], count: Int) {
    self.names = names
    self.count = count
  }
}
