import Ingest
internal import StoreInterface

/// Whether the database answers, for monitoring requests, which must be answered quickly even when the
/// database is slow.
///
/// All requests share one ping at a time. A request waits for it up to `Rule.timeout`; then the last result
/// counts if it is young enough.
actor DatabaseSign {
  /// Time limits for results. Pure, so that a test can vary them.
  struct Rule: Sendable {
    /// Maximum age of a result that is used without a new ping.
    var fresh = Duration.milliseconds(250)
    /// Time that a request waits for the ping. A probe of Kubernetes gives up after one second.
    var timeout = Duration.milliseconds(500)
    /// Maximum age of a result that is used when the ping takes longer.
    var young = Duration.seconds(10)
  }

  private struct Answer {
    let failure: QueryError?
    let at: ContinuousClock.Instant
  }

  private let queries: any EventQueries
  private let rule: Rule
  private let now: @Sendable () -> ContinuousClock.Instant
  private var last: Answer?
  private var question: Task<QueryError?, Never>?

  /// Creates a cached ping of the database of `queries`.
  init(
    _ queries: any EventQueries, rule: Rule = Rule(),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.queries = queries
    self.rule = rule
    self.now = now
  }

  /// Returns why the database does not answer; nil when it does.
  func failure() async -> QueryError? {
    if let last, last.at.duration(to: now()) <= rule.fresh { return last.failure }
    let question = question ?? ask()
    if let answer = await Deadline.reached(within: rule.timeout, { await question.value }) { return answer }
    if let last, last.at.duration(to: now()) <= rule.young { return last.failure }
    return QueryError("it did not answer within \(rule.timeout)", isTransient: true)
  }

  private func ask() -> Task<QueryError?, Never> {
    let task = Task {
      let failure = await Self.ping(queries)
      last = Answer(failure: failure, at: now())
      question = nil
      return failure
    }
    question = task
    return task
  }

  private static func ping(_ queries: any EventQueries) async -> QueryError? {
    do throws(QueryError) {
      try await queries.ping()
      return nil
    } catch {
      return error
    }
  }
}
