/// What the HTTP side asks of the store. Only committed events are ever shown.
public protocol EventQueries: Sendable {
  /// A page of the events that match `query`, in its order.
  /// - Throws: `QueryError` when the store can not answer.
  func events(matching query: EventQuery) async throws(QueryError) -> EventPage
  /// The event with this key; nil when there is none.
  /// - Throws: `QueryError` when the store can not answer.
  func event(_ key: EventKey) async throws(QueryError) -> StoredEvent?
  /// The counters of all servers over this database.
  /// - Throws: `QueryError` when the store can not answer.
  func totals() async throws(QueryError) -> StoreTotals
  /// The names of the stored topics, which may be up to 30 s old, or older where reading them takes long.
  /// - Throws: `QueryError` when the store can not answer.
  func topicNames() async throws(QueryError) -> TopicNames
  /// The stored topics with their figures, likewise of a moment ago.
  /// - Throws: `QueryError` when the store can not answer.
  func topicList() async throws(QueryError) -> TopicList
  /// Up to `limit` dead events, the last ones first; those behind `place` where it is given.
  /// - Throws: `QueryError` when the store can not answer.
  func deadEvents(after place: DeadEventPlace?, limit: Int) async throws(QueryError) -> [KeptEvent]
  /// Up to `limit` producers by name and identity; those behind `place` where it is given.
  /// - Throws: `QueryError` when the store can not answer.
  func producers(after place: ProducerPlace?, limit: Int) async throws(QueryError) -> [StoredProducer]
  /// Checks the conservation law in one snapshot of the tables. Reads every event.
  /// - Throws: `QueryError` when the store can not answer.
  func audit() async throws(QueryError) -> AuditReport
  /// A round trip to the database.
  /// - Throws: `QueryError` when it did not answer in time.
  func ping() async throws(QueryError)
}
