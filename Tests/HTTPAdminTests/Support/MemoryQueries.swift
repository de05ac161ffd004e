import Ingest
import StoreInterface
import Synchronization
import Waiting

@testable import HTTPAdmin

/// A store in memory that records its queries.
final class MemoryQueries: EventQueries, DeadEventStore {
  struct State {
    var events: [StoredEvent] = []
    var totalsRead = 0
    var totals = StoreTotals(received: 0, unique: 0, duplicate: 0, dead: 0, conflicts: 0)
    var names = TopicNames(names: [], count: 0)
    var topics = TopicList.empty
    var deadEvents: [StoredDeadEvent] = []
    /// The queries for dead events so far.
    var askedDead: [DeadEventQuery] = []
    /// Number of marks that will fail.
    var failingMarks = 0
    /// Whether a dead event is deleted before its mark.
    var deletesBeforeMark = false
    var marksBeforeMark = false
    var producers: [StoredProducer] = []
    /// The questions for producers so far.
    var askedProducers: [ProducerQuery] = []
    var servers: [StoredServer] = []
    var serverListings = 0
    var audit: AuditReport?
    var failure: QueryError?
    var positions: @Sendable ([EventKey], BatchKey) -> Set<Int> = { _, _ in [] }
    var asked: [EventQuery] = []
    /// The counts of the next questions, of which the last one is repeated.
    var counts: [EventCounts] = []
    var counted: [CountQuery] = []
    /// The most events that a search looks at; nil for all.
    var searchLimit: Int?
    var pings = 0
    var isHolding = false
    var held: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ change: (inout State) -> Void = { _ in }) {
    var state = State()
    change(&state)
    self.state = Mutex(state)
  }

  /// All queries for events so far.
  var asked: [EventQuery] { state.withLock { $0.asked } }

  /// All questions for counts so far.
  var counted: [CountQuery] { state.withLock { $0.counted } }

  /// Lets all further queries fail with `failure`; nil lets them succeed.
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
      let sorted = state.events.sorted { query.precedes(query.position(of: $0), query.position(of: $1)) }
      let rest = sorted.drop { event in
        let position = query.position(of: event)
        if let from = query.from {
          return query.isDescending ? position.timestamp > from : position.timestamp < from
        }
        return query.after.map { !query.precedes($0, position) } ?? false
      }
      let looked = rest.prefix(state.searchLimit ?? .max)
      let matching = looked.filter(query.filter.matches).dropFirst(query.offset)
      let page = Array(matching.prefix(query.limit))
      var next = query
      if matching.count > query.limit, let last = page.last {
        next.after = query.position(of: last)
        next.from = nil
        next.offset = 0
        return EventPage(events: page, next: next, searchedUntil: next.after?.timestamp)
      }
      guard looked.count < rest.count, let event = looked.last else { return EventPage(last: page) }
      next.after = query.position(of: event)
      next.offset = max(0, query.offset - matching.count)
      return EventPage(events: page, next: next, searchedUntil: next.after?.timestamp)
    }
  }

  func counts(_ query: CountQuery) async throws(QueryError) -> EventCounts {
    try answer { state in
      state.counted.append(query)
      return state.counts.count > 1 ? state.counts.removeFirst() : state.counts.first ?? EventCounts()
    }
  }

  func event(_ key: EventKey) async throws(QueryError) -> StoredEvent? {
    try answer { state in state.events.first { $0.topic == key.topic && $0.eventID == key.eventID } }
  }

  func positions(of keys: [EventKey], storedBy batch: BatchKey) async throws(QueryError) -> Set<Int> {
    try answer { $0.positions(keys, batch) }
  }

  func totals() async throws(QueryError) -> StoreTotals {
    try answer { state in
      state.totalsRead += 1
      return state.totals
    }
  }

  /// Number of times that the counters were read from the store.
  var totalsRead: Int { state.withLock { $0.totalsRead } }

  func recentTotals() async throws(QueryError) -> RecentTotals {
    RecentTotals(totals: try answer { $0.totals }, readAt: 1_767_323_045_000_000)
  }

  func topicNames() async throws(QueryError) -> TopicNames { try answer { $0.names } }

  func topicList() async throws(QueryError) -> TopicList { try answer { $0.topics } }

  /// Returns the dead events, which the test gives in their order.
  func deadEvents(_ query: DeadEventQuery) async throws(QueryError) -> DeadEventPage {
    try answer { state in
      state.askedDead.append(query)
      let fitting = state.deadEvents.filter(query.selects)
      let start = query.after.flatMap { place in fitting.firstIndex { $0.place == place } }
      let rest = fitting.dropFirst(start.map { $0 + 1 } ?? 0)
      let page = Array(rest.prefix(query.limit))
      return DeadEventPage(events: page, next: rest.count > page.count ? page.last?.place : nil)
    }
  }

  func deadEvent(at place: DeadEventPlace) async throws(QueryError) -> StoredDeadEvent? {
    try answer { state in state.deadEvents.first { $0.place == place } }
  }

  /// Marks a dead event with the time 2026-01-02T03:04:05Z.
  func markRepublished(_ place: DeadEventPlace) async throws(QueryError) -> Int64? {
    let fails = try answer { state in
      defer { state.failingMarks = max(0, state.failingMarks - 1) }
      return state.failingMarks > 0
    }
    guard !fails else { throw QueryError("no connection", isTransient: true) }
    return try answer { state in
      if state.marksBeforeMark, let index = state.deadEvents.firstIndex(where: { $0.place == place }) {
        state.deadEvents[index].republishedAt = 1_767_323_040_000_000
      }
      if state.deletesBeforeMark { state.deadEvents.removeAll { $0.place == place } }
      guard let index = state.deadEvents.firstIndex(where: { $0.place == place && $0.republishedAt == nil })
      else { return nil }
      state.deadEvents[index].republishedAt = 1_767_323_045_000_000
      return state.deadEvents[index].republishedAt
    }
  }

  /// All queries for dead events so far.
  var askedDead: [DeadEventQuery] { state.withLock { $0.askedDead } }

  /// Returns a dead event.
  func deadEvent(_ batchID: Int64, _ position: Int) -> StoredDeadEvent? {
    let place = DeadEventPlace(batchID: batchID, position: position)
    return state.withLock { $0.deadEvents.first { $0.place == place } }
  }

  /// Lets the next `count` marks of dead events fail.
  func failMarks(_ count: Int) { state.withLock { $0.failingMarks = count } }

  /// Lets another request mark dead events before their marks, at 2026-01-02T03:04:00Z.
  func markBeforeMark() { state.withLock { $0.marksBeforeMark = true } }

  /// Deletes dead events before their marks.
  func deleteBeforeMark() { state.withLock { $0.deletesBeforeMark = true } }

  /// Returns the producers, which the test gives in their order.
  func producers(_ query: ProducerQuery) async throws(QueryError) -> ProducerList {
    try answer { state in
      state.askedProducers.append(query)
      let all = state.producers.filter { producer in
        query.only?.contains(producer.producer) ?? true && !query.without.contains(producer.producer)
      }
      let start = query.after.flatMap { place in all.firstIndex { query.place(of: $0) == place } }
      let page = all.dropFirst(start.map { $0 + 1 } ?? 0).prefix(query.limit)
      return ProducerList(producers: Array(page), count: all.count)
    }
  }

  /// The questions for producers so far.
  var askedProducers: [ProducerQuery] { state.withLock { $0.askedProducers } }

  func audit() async throws(QueryError) -> AuditReport {
    let report = try answer { $0.audit }
    guard let report else { throw QueryError("no audit was prepared", isTransient: false) }
    return report
  }

  func servers() async throws(QueryError) -> [StoredServer] {
    try answer { state in
      state.serverListings += 1
      return state.servers
    }
  }

  /// Number of times that the servers were asked for.
  var serverListings: Int { state.withLock { $0.serverListings } }

  func ping() async throws(QueryError) {
    await withCheckedContinuation { continuation in
      let goesOn = state.withLock { state in
        state.pings += 1
        if state.isHolding { state.held.append(continuation) }
        return !state.isHolding
      }
      if goesOn { continuation.resume() }
    }
    try answer { _ in }
  }

  /// Number of pings so far.
  var pings: Int { state.withLock { $0.pings } }

  /// Holds all further pings.
  func holdPings() { state.withLock { $0.isHolding = true } }

  /// Answers the held pings, and all further ones.
  func letPingsGo() {
    let held = state.withLock { state in
      state.isHolding = false
      defer { state.held = [] }
      return state.held
    }
    for continuation in held { continuation.resume() }
  }

  /// Waits until there were `count` pings.
  func pinged(_ count: Int) async throws {
    try await waitUntil { pings >= count }
  }
}

extension EventQuery {
  fileprivate func precedes(_ one: EventPosition, _ other: EventPosition) -> Bool {
    let (first, second) = isDescending ? (other, one) : (one, other)
    return (first.timestamp, first.eventID, first.topic) < (second.timestamp, second.eventID, second.topic)
  }
}

extension DeadEventQuery {
  /// Whether a dead event meets the conditions, without those of the page.
  fileprivate func selects(_ event: StoredDeadEvent) -> Bool {
    let hasTopic =
      switch topics {
      case .all: true
      case .one(let topic): event.topic == topic
      case .prefix(let prefix): event.topic?.hasPrefix(prefix) ?? false
      }
    return hasTopic && (permitted.map { event.topic.map($0.contains) ?? false } ?? true)
      && (source ?? event.source) == event.source && (reason ?? event.reason) == event.reason
      && (producer ?? event.producer) == event.producer && since.map { event.keptAt >= $0 } ?? true
      && until.map { event.keptAt < $0 } ?? true
      && (republished ?? (event.republishedAt != nil)) == (event.republishedAt != nil)
  }
}

extension StoredEvent {
  /// Returns an event; the test names only the values that matter.
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
