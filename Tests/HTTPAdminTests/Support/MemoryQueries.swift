import Ingest
import Synchronization

/// A store in memory that records what it was asked.
final class MemoryQueries: EventQueries {
  struct State {
    var events: [StoredEvent] = []
    var totals = StoreTotals(received: 0, unique: 0, duplicate: 0, dead: 0, conflicts: 0)
    var names = TopicNames(names: [], count: 0)
    var topics = TopicList.empty
    var deadEvents: [KeptEvent] = []
    var producers: [StoredProducer] = []
    var audit: AuditReport?
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

  func events(matching query: EventQuery) async throws(QueryError) -> EventPage {
    try answer { state in
      state.asked.append(query)
      let matching = state.events.filter(query.matches).sorted { query.precedes($0.position, $1.position) }
      let rest = matching.drop { event in
        query.after.map { !query.precedes($0, event.position) } ?? false
      }
      let page = rest.dropFirst(query.offset).prefix(query.limit)
      return EventPage(events: Array(page), hasMore: rest.count - query.offset > query.limit)
    }
  }

  func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? {
    try answer { state in state.events.first { $0.topic == key.topic && $0.eventID == key.eventID } }
  }

  func totals() async throws(QueryError) -> StoreTotals { try answer { $0.totals } }

  func topicNames() async throws(QueryError) -> TopicNames { try answer { $0.names } }

  func topicList() async throws(QueryError) -> TopicList { try answer { $0.topics } }

  /// The dead events, which a test gives in their order.
  func deadEvents(after place: DeadEventPlace?, limit: Int) async throws(QueryError) -> [KeptEvent] {
    try answer { state in
      let start = place.flatMap { place in state.deadEvents.firstIndex { $0.place == place } }
      return Array(state.deadEvents.dropFirst(start.map { $0 + 1 } ?? 0).prefix(limit))
    }
  }

  /// The producers, which a test gives in their order.
  func producers(after place: ProducerPlace?, limit: Int) async throws(QueryError) -> [StoredProducer] {
    try answer { state in
      let start = place.flatMap { place in state.producers.firstIndex { $0.place == place } }
      return Array(state.producers.dropFirst(start.map { $0 + 1 } ?? 0).prefix(limit))
    }
  }

  func audit() async throws(QueryError) -> AuditReport {
    let report = try answer { $0.audit }
    guard let report else { throw QueryError("no audit was prepared", isTransient: false) }
    return report
  }

  func ping() async throws(QueryError) { try answer { _ in } }
}

extension EventQuery {
  fileprivate func matches(_ event: StoredEvent) -> Bool {
    (topic ?? event.topic) == event.topic && (source ?? event.source) == event.source
      && (eventID ?? event.eventID) == event.eventID && (since ?? .min) <= event.timestamp
      && event.timestamp < until ?? .max
  }

  fileprivate func precedes(_ one: EventPosition, _ other: EventPosition) -> Bool {
    let (first, second) = order == .newestFirst ? (other, one) : (one, other)
    return (first.timestamp, first.eventID, first.topic) < (second.timestamp, second.eventID, second.topic)
  }
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
