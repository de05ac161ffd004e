/// The figures of one interval of the history.
public struct HistoryInterval: Hashable, Sendable {
  /// Counts within an interval.
  public struct Counts: Hashable, Sendable {
    /// Events that the queue accepted.
    public var received = 0
    /// Events that were stored.
    public var unique = 0
    /// Events whose key was stored already.
    public var duplicates = 0
    /// Duplicates whose payload differs from the stored one; 0 while conflicts are not counted.
    public var conflicts = 0
    /// Events that cannot be stored.
    public var dead = 0
    /// Connections and batches that were refused.
    public var refused = 0
    /// Raw bytes of the accepted batches.
    public var bytes = 0

    /// Creates counts of zero.
    public init() {}

    /// The counts from one reading of the counters to a later one.
    init(from old: ActivitySnapshot, to new: ActivitySnapshot) {
      assert(new.committedEvents >= old.committedEvents, "counters only rise")
      received = new.acceptedEvents - old.acceptedEvents
      unique = new.uniqueEvents - old.uniqueEvents
      duplicates = new.duplicateEvents - old.duplicateEvents
      conflicts = new.conflicts - old.conflicts
      dead = new.deadEvents - old.deadEvents
      refused = new.refusals.values.reduce(0, +) - old.refusals.values.reduce(0, +)
      bytes = new.acceptedBytes - old.acceptedBytes
    }
  }

  /// The state at the end of an interval.
  public struct State: Hashable, Sendable {
    /// Events of batches that are accepted and not settled.
    public var queued = 0
    /// Time since the oldest of these batches was accepted, in microseconds; 0 when all are settled.
    public var queueAge = 0
    /// Open connections of producers.
    public var connections: Int32 = 0
    /// Writers that work on a group.
    public var busyWriters: Int32 = 0
    /// Whether the writers and the registrar reach the store.
    public var isStoreAvailable = true

    /// Creates the state of an idle server.
    public init() {}
  }

  /// Percentiles of the times of the batches in an interval, in microseconds; nil without a batch. None is above the
  /// longest time of the interval.
  public struct Latencies: Hashable, Sendable {
    /// Time that half of the batches did not exceed until their acceptance.
    public var acceptP50: Int32?
    /// Time that 99% of the batches did not exceed until their acceptance.
    public var acceptP99: Int32?
    /// Time that half of the batches did not exceed until their settlement.
    public var commitP50: Int32?
    /// Time that 99% of the batches did not exceed until their settlement.
    public var commitP99: Int32?

    /// Creates the percentiles of an interval without batches.
    public init() {}
  }

  /// A topic with its stored events, by its number in `HistoryNames`.
  struct Topic: Hashable, Sendable {
    let name: UInt16
    let events: UInt32
  }

  /// The counts; nil when they are not known, because no sample was taken at an end of the interval.
  public internal(set) var counts: Counts?
  /// The state at the end; nil when it is not known.
  public internal(set) var state: State?
  /// The percentiles; nil when they are not known.
  public internal(set) var latencies: Latencies?
  /// The busiest topics, at most `mostTopics`.
  var topics: [Topic] = []
  /// Whether `topics` has all topics of the interval, so that any other topic had no stored event.
  var hasAllTopics = false

  /// Maximum number of topics that are kept of an interval. More than an answer shows, because a reader may be
  /// permitted to see only some of them.
  static let mostTopics = 64

  /// Bytes of an interval with the most topics: the figures, an array with its header of 32 bytes, and the topics.
  static let mostBytes = 160 + 32 + mostTopics * 8

  /// An interval whose figures are not known.
  static let unknown = HistoryInterval()
}
