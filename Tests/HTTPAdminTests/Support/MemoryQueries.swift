import Ingest
import Synchronization

/// A store in memory that records what it was asked.
final class MemoryQueries: EventQueries {
  struct State {
    var events: [StoredEvent] = []
    var totals = StoreTotals(received: 0, unique: 0, duplicate: 0, dead: 0, conflicts: 0)
    var topics = TopicNames(names: [], count: 0)
    var failure: QueryError?
    var asked: [EventQuery] = []
  }

  private let state: Mutex<State>

  init(_ change: (inout State) -> Void = { _ in }) {
    var state = State()
    change(&state)
    self.state = Mutex(state)
  }

  /// Every query for events so far.
  var asked: [EventQuery] { state.withLock { $0.asked } }

  /// From now on every question fails with `failure`, or none does.
  func fail(with failure: QueryError?) {
    state.withLock { $0.failure = failure }
  }

  private func answer<Value: Sendable>(_ body: (inout State) -> Value) throws(QueryError) -> Value {
    let result: Result<Value, QueryError> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      return .success(body(&state))
    }
    return try result.get()
  }

  func events(matching query: EventQuery) async throws(QueryError) -> [StoredEvent] {
    try answer { state in
      state.asked.append(query)
      let matching = state.events.filter { event in
        (query.topic == nil || event.topic == query.topic)
          && (query.source == nil || event.source == query.source)
      }
      return Array(matching.sorted { $0.timestamp > $1.timestamp }.prefix(query.limit))
    }
  }

  func totals() async throws(QueryError) -> StoreTotals { try answer { $0.totals } }

  func topics() async throws(QueryError) -> TopicNames { try answer { $0.topics } }

  func ping() async throws(QueryError) { try answer { _ in } }
}

extension StoredEvent {
  /// An event of which only what matters is named.
  static func sample(
    topic: String = "orders.invoice.created", id: String = "1", source: String = "billing",
    timestamp: Int64 = 1_767_323_045_123_456, payload: String? = nil
  ) -> StoredEvent {
    StoredEvent(
      topic: topic, eventID: id, timestamp: timestamp, source: source,
      payload: payload.map { Array($0.utf8) },
      processedAt: 1_767_323_046_000_000)
  }
}
