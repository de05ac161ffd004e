/// The statement that writes a group's rows of `topic_spans`, in the transaction that stores its events and
/// behind its INSERT or COPY into `events`. The group is the one that the connection numbered last.
///
/// Whether there is an index of spans at all is what `store` says behind the events. Who changes that first
/// waits for all transactions that have written events, so none of them is left out, whatever the settings of
/// the servers are (see `EventIndexChange`).
enum SpanStatement {
  /// The statement with these rows.
  static func insert(_ rows: SpanRows) -> PostgresStatement {
    PostgresStatement(prepared: name, rows.parameters)
  }

  /// Whether spans are to be written: asked behind the events of a group, not before.
  static let question = "EXECUTE writes_spans"

  /// The same as a demand, which fails with `PreparedStatements.broken` where the answer is another one.
  static func demand(_ isWanted: Bool) -> PostgresStatement {
    PostgresStatement(prepared: "demand_spans", [.bool(isWanted)])
  }

  /// Whether `answer`, the last one behind the events, says yes.
  static func isWanted(_ answer: PostgresResult?) -> Bool {
    answer.map { $0.rowCount == 1 && $0.isTrue(0, 0) } ?? false
  }

  private static let name = "write_spans"

  /// Prepares these statements for a connection.
  static let definitions = """
    PREPARE writes_spans AS SELECT event_index = 'spans' FROM store;
    PREPARE demand_spans(bool) AS
      SELECT 1 / (CASE WHEN (event_index = 'spans') = $1 THEN 1 ELSE 0 END) FROM store;
    PREPARE \(name)(text[], int[], timestamptz[], timestamptz[], bytea[]) AS
      INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, listed)
      SELECT unnest($1), (SELECT currval('group_ids')), unnest($2), unnest($3), unnest($4), unnest($5)
    """
}
