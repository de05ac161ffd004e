internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// Counts the duplicates of a group whose payload differs from the payload stored under their key
/// (`conflicts.detect`). Runs inside the group's transaction, after its INSERT.
///
/// Only the first of equal keys within the group is staged, so the other events are sent by this statement.
/// An event that was deleted in the meantime is not counted, because there is no stored payload to compare.
struct ConflictCount {
  let connection: PostgresConnection
  let payloadType: PayloadType
  /// Whether Citus distributes the table `events`.
  var isDistributed = false

  /// Counts the conflicts of a group.
  /// - Parameter unique: Number of staged rows that were stored.
  func count(among rows: CopyRows, unique: Int) throws(PostgresError) -> Int {
    assert(unique >= 0 && unique <= rows.count, "not more rows stored than staged")
    var conflicts = 0
    if rows.count > unique {
      conflicts += try number(of: PostgresStatement(staged))
    }
    let repeated = rows.repeated
    guard !repeated.isEmpty else { return conflicts }
    return try conflicts + countRepeated(repeated)
  }

  /// The statement that counts the conflicts among the staged rows. The planner looks up each key separately;
  /// sequential scans are off on a writer's connection.
  var staged: String {
    """
    SELECT count(*) FROM \(table.events(of: "staging s", id: "s.event_id", topic: "s.topic", among: nil))
    WHERE \(comparable("s.payload")) IS DISTINCT FROM \(comparable("e.payload"))
    """
  }

  /// Counts the conflicts among events that were never sent to the database. If `jsonb` rejects a payload,
  /// its event is not compared, because a bad duplicate must not fail the group.
  private func countRepeated(_ events: [RepeatedEvent]) throws(PostgresError) -> Int {
    let keys = "unnest($1::text[], $2::text[], $3::text[]) AS u(event_id, topic, payload)"
    let statement = PostgresStatement(
      """
      SELECT count(*) FROM \(table.events(of: keys, id: "u.event_id", topic: "u.topic", among: "$1::text[]"))
      WHERE \(comparable("u.payload::\(payloadType.rawValue)")) IS DISTINCT FROM \(comparable("e.payload"))
      """,
      [
        .texts(utf8: events.map(\.id)), .texts(utf8: events.map(\.topic)),
        .texts(utf8: events.map(\.payload)),
      ])
    try connection.execute("SAVEPOINT repeated")
    do throws(PostgresError) {
      return try number(of: statement)
    } catch {
      guard RetryPolicy.isDataError(error.state) else { throw error }
      try connection.execute("ROLLBACK TO SAVEPOINT repeated")
      guard events.count > 1 else { return 0 }
      let middle = events.count / 2
      assert(middle > 0 && middle < events.count, "both halves are smaller")
      return try countRepeated(Array(events[..<middle])) + countRepeated(Array(events[middle...]))
    }
  }

  private var table: EventTable { EventTable(index: .none, isDistributed: isDistributed) }

  /// The expression that compares a payload: `json` has no equality operator, so its text is compared;
  /// `jsonb` has one.
  private func comparable(_ payload: String) -> String {
    switch payloadType {
    case .json: "\(payload)::text"
    case .jsonb: payload
    }
  }

  private func number(of statement: PostgresStatement) throws(PostgresError) -> Int {
    Int(try connection.query(statement).integer(0, 0) ?? 0)
  }
}

/// An event whose key is also the key of an earlier event of the same group.
struct RepeatedEvent {
  let id: [UInt8]
  let topic: [UInt8]
  let payload: [UInt8]?
}
