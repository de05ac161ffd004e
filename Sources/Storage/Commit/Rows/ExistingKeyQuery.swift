internal import PostgresClient
internal import StoreInterface

/// Query for the rows of a COPY whose keys are stored already.
struct ExistingKeyQuery {
  private var ids = ArrayElements()
  private var topics = ArrayElements()

  /// Creates the query for the keys of `rows`.
  init(_ rows: CopyRows) {
    rows.forEachKey { id, topic in
      ids.append(id)
      topics.append(topic)
    }
  }

  /// The query. Its value has the rows whose keys are stored, as indices starting at 0, ascending. `OFFSET 0`
  /// keeps the subquery running once for each row, because a plan with a join would read the whole index.
  var query: PostgresQuery<[Int]> {
    rows(
      """
      SELECT u.n FROM \(Self.keys)
      CROSS JOIN LATERAL (
        SELECT FROM events e WHERE e.event_id = u.event_id AND e.topic = u.topic OFFSET 0) AS stored
      """)
  }

  /// As `query`, for a table that Citus distributes.
  var distributedQuery: PostgresQuery<[Int]> {
    let table = EventTable(index: .none, isDistributed: true)
    return rows(
      "SELECT u.n FROM \(table.events(of: Self.keys, id: "u.event_id", topic: "u.topic", among: "$1::text[]"))"
    )
  }

  private static let keys = "unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(event_id, topic, n)"

  private func rows(_ sql: String) -> PostgresQuery<[Int]> {
    let statement = PostgresStatement(sql, [.texts(ids), .texts(topics)])
    // Postgres counts the rows from 1.
    return PostgresQuery(statement) { rows in
      let found = (0..<rows.rowCount).compactMap { rows.integer($0, 0).map { Int($0) - 1 } }.sorted()
      assert(found.allSatisfy { $0 >= 0 }, "rows are counted from 1")
      return found
    }
  }
}
