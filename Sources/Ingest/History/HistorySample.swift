/// The figures of this process at one moment, from which the history makes its intervals.
public struct HistorySample: Sendable {
  /// The counters since the start.
  public var counters = ActivitySnapshot()
  /// The times of batches until their acceptance, since the start.
  public var accept = LatencySnapshot()
  /// The times of batches until their settlement, since the start.
  public var commit = LatencySnapshot()
  /// The longest of the times until acceptance since the sample before, in microseconds; 0 when there is none.
  public var longestAccept = 0
  /// The longest of the times until settlement since the sample before, in microseconds; 0 when there is none.
  public var longestCommit = 0
  /// The stored events by topic since the sample before.
  public var topics = TopicCounts()
  /// The state at this moment.
  public var state = HistoryInterval.State()

  /// Creates a sample of a process that did nothing yet.
  public init() {}
}
