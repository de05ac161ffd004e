/// The last intervals of one length. Pure: the time and the figures are parameters.
///
/// A sample ends the interval in which its time lies, give or take half of the time between two samples. When samples
/// were missing, the counts since the last sample belong to several intervals and nobody knows how much to which, so
/// the counts of all of them are unknown. A shorter pause within a long interval changes nothing in it.
struct HistoryRing {
  /// The length of an interval.
  let interval: Duration
  /// Maximum number of intervals; a further one replaces the oldest.
  let capacity: Int
  /// Time between two samples, at most `interval`.
  private let sampling: Duration

  private var intervals: [HistoryInterval] = []
  /// The place of the next interval in `intervals`.
  private var next = 0
  /// The time from which the intervals are counted.
  private var start: ContinuousClock.Instant
  /// Number of intervals that have ended since `start`.
  private var ended = 0
  /// The sample at the end of the last interval.
  private var before = HistorySample()
  /// Values since the end of the last interval.
  private var longest = (accept: 0, commit: 0)
  private var topics = TopicCounts()
  private(set) var names = HistoryNames()

  /// A ring without intervals, of a process whose counters were zero at `start`.
  init(
    interval: Duration, capacity: Int, sampling: Duration = .seconds(1), start: ContinuousClock.Instant
  ) {
    precondition(capacity >= 1 && sampling > .zero && interval >= sampling, "an interval has a sample")
    self.interval = interval
    self.capacity = capacity
    self.sampling = sampling
    self.start = start
  }

  /// The end of the last interval; the start when there is none yet.
  var end: ContinuousClock.Instant { start + interval * ended }

  /// The bytes that the ring may have at most: its intervals and names, and the topics of the interval that has not
  /// ended.
  static func mostBytes(capacity: Int) -> Int {
    capacity * HistoryInterval.mostBytes + HistoryNames.mostBytes + TopicCounts.mostBytes
  }

  /// Adds a sample at `now`. It ends an interval, or none, or several when samples were missing.
  mutating func add(_ sample: HistorySample, at now: ContinuousClock.Instant) {
    longest = (max(longest.accept, sample.longestAccept), max(longest.commit, sample.longestCommit))
    topics.add(sample.topics)
    // A clock that went back, or a sample that came early.
    let due = ((start.duration(to: now) + sampling / 2) / interval).rounded(.down)
    guard due > Double(ended) else { return }
    // A pause of centuries is a pause of all intervals that are kept.
    let passed = Int(min(due - Double(ended), Double(capacity) + 1))
    let late = start.duration(to: now) - interval * (ended + passed)
    let isWhole = passed == 1 && late * 2 <= interval
    for _ in 1..<passed { append(.unknown) }
    append(isWhole ? figures(to: sample) : HistoryInterval(state: sample.state))
    ended += passed
    if !isWhole {
      // The samples may have another phase after a pause, for example when the machine was asleep.
      start = now - interval * ended
    }
    before = sample
    longest = (0, 0)
    topics = TopicCounts()
  }

  /// Returns the intervals that ended after `since`, the oldest first; all without it.
  func intervals(since: ContinuousClock.Instant?) -> [HistoryInterval] {
    let inOrder = intervals[next...] + intervals[..<next]
    guard let since else { return Array(inOrder) }
    let wanted = (since.duration(to: end) / interval).rounded(.up)
    return Array(inOrder.suffix(Int(max(0, min(wanted, Double(capacity))))))
  }

  private mutating func figures(to sample: HistorySample) -> HistoryInterval {
    let accept = sample.accept.since(before.accept)
    let commit = sample.commit.since(before.commit)
    var latencies = HistoryInterval.Latencies()
    latencies.acceptP50 = accept.percentile(0.5, longest: longest.accept)
    latencies.acceptP99 = accept.percentile(0.99, longest: longest.accept)
    latencies.commitP50 = commit.percentile(0.5, longest: longest.commit)
    latencies.commitP99 = commit.percentile(0.99, longest: longest.commit)
    var figures = HistoryInterval(state: sample.state)
    figures.counts = HistoryInterval.Counts(from: before.counters, to: sample.counters)
    figures.latencies = latencies
    figures.hasAllTopics = topics.isComplete && topics.events.count <= HistoryInterval.mostTopics
    for (topic, events) in topics.busiest(HistoryInterval.mostTopics) {
      guard let name = names.use(topic) else {
        figures.hasAllTopics = false
        continue
      }
      figures.topics.append(HistoryInterval.Topic(name: name, events: UInt32(clamping: events)))
    }
    return figures
  }

  private mutating func append(_ figures: HistoryInterval) {
    if intervals.count < capacity {
      intervals.append(figures)
    } else {
      for topic in intervals[next].topics { names.release(topic.name) }
      intervals[next] = figures
    }
    next = (next + 1) % capacity
    assert(
      MemoryLayout<HistoryInterval>.stride <= 160 && MemoryLayout<HistoryInterval.Topic>.stride == 8
        && figures.topics.count <= HistoryInterval.mostTopics && names.count <= HistoryNames.capacity,
      "the ring is within its bytes")
  }
}

extension LatencySnapshot {
  /// Returns a percentile in microseconds for the history.
  fileprivate func percentile(_ fraction: Double, longest: Int) -> Int32? {
    microseconds(atPercentile: fraction, longest: longest).map { Int32(clamping: $0) }
  }
}
