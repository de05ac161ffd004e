internal import WireProtocol

/// Counts the duplicates of a group whose payload is not the one that is stored under their key
/// (`conflicts.detect`), inside the group's transaction, after its INSERT.
///
/// Equal keys within the group are staged once, so the others are sent here. An event that is deleted
/// meanwhile has nothing left to differ from.
struct ConflictCount {
  let connection: PostgresConnection
  let payloadType: PayloadType

  /// - Parameter unique: how many of the staged rows were stored.
  func count(among rows: CopyRows, unique: Int) throws(PostgresError) -> Int {
    var conflicts = 0
    if rows.count > unique {
      conflicts += try number(of: PostgresStatement(staged))
    }
    let repeated = rows.repeated
    guard !repeated.isEmpty else { return conflicts }
    return try conflicts + countRepeated(repeated)
  }

  /// With `OFFSET 0` the planner keeps the lookup of a key as one; a writer's sessions read no table whole.
  var staged: String {
    """
    SELECT count(*) FROM staging s CROSS JOIN LATERAL
      (SELECT payload FROM events WHERE event_id = s.event_id AND topic = s.topic OFFSET 0) e
    WHERE \(comparable("s.payload")) IS DISTINCT FROM \(comparable("e.payload"))
    """
  }

  /// Nobody tried whether the database takes the payloads of these. For `jsonb` it may still refuse one,
  /// which is then compared with nothing: a duplicate costs its group neither time nor rights.
  private func countRepeated(_ events: [RepeatedEvent]) throws(PostgresError) -> Int {
    let statement = PostgresStatement(
      """
      SELECT count(*) FROM unnest($1::text[], $2::text[], $3::text[]) AS u(event_id, topic, payload)
      CROSS JOIN LATERAL
        (SELECT payload FROM events WHERE event_id = u.event_id AND topic = u.topic OFFSET 0) e
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
      return try countRepeated(Array(events[..<middle])) + countRepeated(Array(events[middle...]))
    }
  }

  /// `json` has no equality but that of its text, `jsonb` one of its own.
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

/// An event whose key an earlier event of the same group has.
struct RepeatedEvent {
  let id: [UInt8]
  let topic: [UInt8]
  let payload: [UInt8]?
}
