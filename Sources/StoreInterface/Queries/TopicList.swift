/// The stored topics at one moment.
public struct TopicList: Hashable, Sendable {
  /// One topic.
  public struct Topic: Hashable, Sendable {
    /// The name.
    public let name: String
    /// Number of stored events.
    public let events: Int64
    /// The latest event time, in microseconds since 1970.
    public let latest: Int64

    /// Creates the figures of a topic.
    public init(name: String, events: Int64, latest: Int64) {
      self.name = name
      self.events = events
      self.latest = latest
    }
  }

  /// Maximum number of topics in a list.
  public static let limit = 10_000

  /// The first `limit` topics, sorted by name, byte by byte.
  public let topics: [Topic]
  /// Number of all topics.
  public let count: Int
  /// Time of the reading by the database's clock, in microseconds since 1970.
  public let asOf: Int64

  /// Creates a list of the first topics of `count`.
  public init(topics: [Topic], count: Int, asOf: Int64) {
    precondition(count >= topics.count, "the number of all topics counts those of the list")
    self.topics = topics
    self.count = count
    self.asOf = asOf
  }

  /// A list without topics.
  public static let empty = TopicList(topics: [], count: 0, asOf: 0)
}

/// Names of stored topics.
public struct TopicNames: Hashable, Sendable {
  /// The first 1,000 names, sorted.
  public let names: [String]
  /// Number of all topics.
  public let count: Int

  /// Creates a list of the first names of `count` topics.
  public init(names: [String], count: Int) {
    precondition(count >= names.count, "the number of all topics counts those of the list")
    self.names = names
    self.count = count
  }
}
