internal import Ingest

/// A value of the database as of a moment ago. Reading it may mean reading a whole table, so it happens only
/// when somebody asks, once for all who ask, and not too often.
actor AgedReading<Value: Sendable> {
  private struct Reading {
    let value: Value
    let at: ContinuousClock.Instant
    let cost: Duration
  }

  private let rule: AgingRule
  private let read: @Sendable () async -> Result<Value, QueryError>
  private let now: @Sendable () -> ContinuousClock.Instant
  private var latest: Reading?
  private var reading: Task<Result<Value, QueryError>, Never>?

  init(
    rule: AgingRule, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    read: @escaping @Sendable () async -> Result<Value, QueryError>
  ) {
    self.rule = rule
    self.now = now
    self.read = read
  }

  /// The value, read now if that is due and quick.
  /// - Throws: `QueryError` when it can not be read.
  func value() async throws(QueryError) -> Value {
    if let latest, !rule.isDue(readAt: latest.at, cost: latest.cost, now: now()) { return latest.value }
    let task = reading ?? startReading()
    if let latest, latest.cost > rule.quick { return latest.value }
    return try await task.value.get()
  }

  private func startReading() -> Task<Result<Value, QueryError>, Never> {
    let task = Task {
      let start = now()
      let result = await read()
      if case .success(let value) = result {
        latest = Reading(value: value, at: now(), cost: start.duration(to: now()))
      }
      reading = nil
      return result
    }
    reading = task
    return task
  }
}

/// When to read again what is only read from time to time. Pure, so that a test can go through it.
struct AgingRule: Sendable {
  /// How old the value may become.
  let age: Duration
  /// How many times as long as a reading there must be between two.
  let pause: Int
  /// A reading that takes longer is not worth waiting for when there is an older value.
  let quick: Duration = .milliseconds(250)

  /// Whether a value that was read at `instant`, in `cost`, is to be read again.
  func isDue(
    readAt instant: ContinuousClock.Instant, cost: Duration, now: ContinuousClock.Instant
  ) -> Bool {
    instant.duration(to: now) >= max(age, cost * pause)
  }
}
