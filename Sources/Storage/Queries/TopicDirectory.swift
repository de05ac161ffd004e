internal import Ingest

/// The names of topics as of a moment ago. Reading them may mean reading the whole table, so it happens only
/// when somebody asks, once for all who ask, and not too often.
actor TopicDirectory {
  /// When to read again. Pure, so that a test can go through it.
  struct Rule: Sendable {
    /// How old the names may become.
    let age: Duration
    /// How many times as long as a reading there must be between two.
    let pause: Int
    /// A reading that takes longer is not worth waiting for when there are older names.
    let quick: Duration = .milliseconds(250)

    /// Whether names that were read at `instant`, in `cost`, are to be read again.
    func isDue(readAt instant: ContinuousClock.Instant, cost: Duration, now: ContinuousClock.Instant) -> Bool
    {
      instant.duration(to: now) >= max(age, cost * pause)
    }
  }

  private struct Reading {
    let names: TopicNames
    let at: ContinuousClock.Instant
    let cost: Duration
  }

  private let rule: Rule
  private let read: @Sendable () async -> Result<TopicNames, QueryError>
  private let now: @Sendable () -> ContinuousClock.Instant
  private var latest: Reading?
  private var reading: Task<Result<TopicNames, QueryError>, Never>?

  init(
    rule: Rule, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    read: @escaping @Sendable () async -> Result<TopicNames, QueryError>
  ) {
    self.rule = rule
    self.now = now
    self.read = read
  }

  /// The names, read now if that is due and quick.
  /// - Throws: `QueryError` when they can not be read.
  func names() async throws(QueryError) -> TopicNames {
    if let latest, !rule.isDue(readAt: latest.at, cost: latest.cost, now: now()) { return latest.names }
    let task = reading ?? startReading()
    if let latest, latest.cost > rule.quick { return latest.names }
    return try await task.value.get()
  }

  private func startReading() -> Task<Result<TopicNames, QueryError>, Never> {
    let task = Task {
      let start = now()
      let result = await read()
      if case .success(let names) = result {
        latest = Reading(names: names, at: now(), cost: start.duration(to: now()))
      }
      reading = nil
      return result
    }
    reading = task
    return task
  }
}
