internal import PostgresClient

/// The statement that writes a group's rows of `topic_spans`, in the transaction that stores its events and
/// after its INSERT or COPY into `events`. The group is the one that the connection numbered last.
///
/// The row of `store`, read after the events are written, says whether the database has an index of spans. A
/// change of the index first waits for all transactions that have written events. Therefore every group that
/// is stored is in the index, whatever the settings of the servers are (see `EventIndexChange`).
enum SpanStatement {
  /// The statement that inserts `rows`.
  static func insert(_ rows: SpanRows) -> PostgresStatement {
    PostgresStatement(prepared: name, rows.parameters)
  }

  /// The query whether spans must be written. It runs after the events of a group are written, not before.
  static let query = PostgresQuery(PostgresStatement("EXECUTE writes_spans")) { rows in
    rows.rowCount == 1 && rows.isTrue(0, 0)
  }

  /// The assertion that spans must be written or not; it fails with `PreparedStatements.broken` when
  /// `isWanted` is wrong.
  static func assertion(_ isWanted: Bool) -> PostgresStatement {
    PostgresStatement(prepared: "assert_spans", [.bool(isWanted)])
  }

  private static let name = "write_spans"

  /// Prepares these statements for a connection.
  static let definitions = """
    PREPARE writes_spans AS SELECT event_index = 'spans' FROM store;
    PREPARE assert_spans(bool) AS
      SELECT 1 / (CASE WHEN (event_index = 'spans') = $1 THEN 1 ELSE 0 END) FROM store;
    PREPARE \(name)(text[], int[], timestamptz[], timestamptz[], bytea[], int[]) AS
      INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, listed, bucket)
      SELECT unnest($1), (SELECT currval('group_ids')), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
    """
}
