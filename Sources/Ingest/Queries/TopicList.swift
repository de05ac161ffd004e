/// The stored topics as of one moment.
public struct TopicList: Hashable, Sendable {
  /// One topic.
  public struct Topic: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// How many events of it are stored.
    public let events: Int64
    /// The latest event time, in microseconds since 1970.
    public let latest: Int64

    /// The figures of `name`.
    public init(name: String, events: Int64, latest: Int64) {
      self.name = name
      self.events = events
      self.latest = latest
    }
  }

  /// The most topics that a list holds.
  public static let limit = 10_000

  /// The first `limit` topics, sorted by name, byte by byte.
  public let topics: [Topic]
  /// How many there are in all.
  public let count: Int
  /// When they were read, by the database's clock, in microseconds since 1970.
  public let asOf: Int64

  /// The first topics of `count`, read at `asOf`.
  public init(topics: [Topic], count: Int, asOf: Int64) {
    self.topics = topics
    self.count = count
    self.asOf = asOf
  }

  /// No topics.
  public static let empty = TopicList(topics: [], count: 0, asOf: 0)
}
