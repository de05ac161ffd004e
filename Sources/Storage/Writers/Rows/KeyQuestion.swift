/// Asks which rows of a COPY have keys that are stored already.
struct KeyQuestion {
  private var ids = ArrayElements()
  private var topics = ArrayElements()

  /// About the keys of `rows`.
  init(_ rows: CopyRows) {
    rows.forEachKey { id, topic in
      ids.append(id)
      topics.append(topic)
    }
  }

  /// The statement; it returns the numbers of the rows, from 1. The subquery is run row by row, OFFSET
  /// keeps it so: a plan that joins would read the whole index.
  var statement: PostgresStatement {
    PostgresStatement(
      """
      SELECT u.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(event_id, topic, n)
      CROSS JOIN LATERAL (
        SELECT FROM events e WHERE e.event_id = u.event_id AND e.topic = u.topic OFFSET 0) AS stored
      """, [.texts(ids), .texts(topics)])
  }

  /// The rows that the answer names, from 0, ascending.
  static func rows(in answer: PostgresResult) -> [Int] {
    (0..<answer.rowCount).compactMap { answer.integer($0, 0).map { Int($0) - 1 } }.sorted()
  }
}
