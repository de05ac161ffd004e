internal import PostgresClient

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
    let statement = PostgresStatement(
      """
      SELECT u.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(event_id, topic, n)
      CROSS JOIN LATERAL (
        SELECT FROM events e WHERE e.event_id = u.event_id AND e.topic = u.topic OFFSET 0) AS stored
      """, [.texts(ids), .texts(topics)])
    // Postgres counts the rows from 1.
    return PostgresQuery(statement) { rows in
      let found = (0..<rows.rowCount).compactMap { rows.integer($0, 0).map { Int($0) - 1 } }.sorted()
      assert(found.allSatisfy { $0 >= 0 }, "rows are counted from 1")
      return found
    }
  }
}
