internal import Ingest
internal import StoreInterface

/// A recent value of the database. Reading it may mean reading a whole table, so it is read only when a
/// caller asks for it, once for all callers, and not too often.
actor CachedValue<Value: Sendable> {
  private struct Reading {
    let value: Value
    /// The version just before the value was read.
    let version: Int
    let at: ContinuousClock.Instant
    let cost: Duration
  }

  private let rule: RefreshPolicy
  private let read: @Sendable () async -> Result<Value, QueryError>
  private let now: @Sendable () -> ContinuousClock.Instant
  private let version: @Sendable () -> Int
  private var latest: Reading?
  private var reading: (version: Int, task: Task<Result<Value, QueryError>, Never>)?

  /// - Parameter version: returns a number that changes when this process changes what is read. A value of an
  ///   older version is read again at once, if its last reading took less than `RefreshPolicy.timeout`.
  init(
    rule: RefreshPolicy, version: @escaping @Sendable () -> Int = { 0 },
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    read: @escaping @Sendable () async -> Result<Value, QueryError>
  ) {
    self.rule = rule
    self.now = now
    self.version = version
    self.read = read
  }

  /// Returns the value. If it is too old and the last reading was quick, it is read now. In the second half of its life
  /// it is read in the background, so that a value that is asked for again and again keeps nobody waiting.
  /// - Throws: `QueryError` when it cannot be read.
  func value() async throws(QueryError) -> Value {
    let current = version()
    guard let latest else { return try await newReading(since: current) }
    if latest.version != current, latest.cost < rule.timeout { return try await newReading(since: current) }
    let now = now()
    guard rule.isDue(readAt: latest.at, cost: latest.cost, now: now) else { return latest.value }
    let task = reading?.task ?? startReading()
    let mayBeShown =
      latest.cost > rule.quick || !rule.isTooOld(readAt: latest.at, cost: latest.cost, now: now)
    return mayBeShown ? latest.value : try await task.value.get()
  }

  /// Returns a value that was read after `version` became current. A reading that began earlier is not used,
  /// because it may have missed the change.
  private func newReading(since version: Int) async throws(QueryError) -> Value {
    if let reading, reading.version != version { _ = await reading.task.value }
    if let latest, latest.version == version { return latest.value }
    return try await (reading?.task ?? startReading()).value.get()
  }

  private func startReading() -> Task<Result<Value, QueryError>, Never> {
    precondition(reading == nil, "one reading at a time")
    let version = version()
    let task = Task {
      let start = now()
      let result = await read()
      if case .success(let value) = result {
        latest = Reading(value: value, version: version, at: now(), cost: start.duration(to: now()))
      }
      reading = nil
      return result
    }
    reading = (version, task)
    return task
  }
}

/// Rules for reading a cached value again. Pure, so that a test can step through them.
struct RefreshPolicy: Sendable {
  /// Age beyond which a value is not shown, if reading it is quick.
  let age: Duration
  /// Factor: the pause between two readings is at least this many times as long as the last reading took.
  let pause: Int
  /// Longest duration of a reading that callers wait for while there is an older value.
  let quick: Duration = .milliseconds(250)
  /// Longest duration of a reading that callers wait for after a change made by this process.
  var timeout: Duration = .seconds(1)

  /// Whether a value that was read at `instant`, and took `cost` to read, is due to be read again: after half of its
  /// age, and after the pause.
  func isDue(
    readAt instant: ContinuousClock.Instant, cost: Duration, now: ContinuousClock.Instant
  ) -> Bool {
    instant.duration(to: now) >= max(age / 2, cost * pause)
  }

  /// Whether a value is too old to be shown: a caller who waits for the next reading gets a better one.
  func isTooOld(
    readAt instant: ContinuousClock.Instant, cost: Duration, now: ContinuousClock.Instant
  ) -> Bool {
    instant.duration(to: now) >= max(age, cost * pause * 2)
  }
}
