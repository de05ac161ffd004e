/// The statement that writes a group's rows of `topic_spans`, in the transaction that stores its events and
/// behind its INSERT or COPY into `events`. The group is the one that the connection numbered last.
///
/// Whether there is an index of spans at all is what `store` says behind the events. Who changes that first
/// waits for all transactions that have written events, so none of them is left out, whatever the settings of
/// the servers are (see `EventIndexChange`).
enum SpanStatement {
  /// The topic of the spans of all topics together; no event has it.
  static let everyTopic: [UInt8] = []

  /// Nil when nothing is to be written.
  /// - Parameters:
  ///   - topics: The names of the topics by their numbers.
  ///   - id: The event id of an event by its index.
  static func insert(
    _ spans: GroupSpans, topics: [[UInt8]], id: (Int32) -> [UInt8], time: (Int32) -> Int64
  ) -> PostgresStatement? {
    let rows = spans.spans
    guard !rows.isEmpty else { return nil }
    let names = rows.map { $0.topic.map { topics[$0] } ?? everyTopic }
    let ids = rows.map { row in row.listed.map { arrayText($0.map(id)) } }
    let moments = rows.map { row in row.listed.map { arrayText($0.map { Array("\(time($0))".utf8) }) } }
    return PostgresStatement(
      prepared: name,
      [
        .texts(utf8: names), .ints(rows.map { Int32(clamping: $0.count) }),
        .times(rows.map(\.times.lowerBound)), .times(rows.map(\.times.upperBound)), .texts(utf8: ids),
        .texts(utf8: moments),
      ])
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
    PREPARE \(name)(text[], int[], timestamptz[], timestamptz[], text[], text[]) AS
      INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts, ids, times_us)
      SELECT u.topic, (SELECT currval('group_ids')), u.n, u.min_ts, u.max_ts, u.ids::text[],
        u.times_us::bigint[]
      FROM unnest($1, $2, $3, $4, $5, $6) AS u(topic, n, min_ts, max_ts, ids, times_us)
      ORDER BY u.topic
    """

  /// The text form of an array (Postgres manual, "Array Input and Output Syntax").
  static func arrayText(_ elements: [[UInt8]]) -> [UInt8] {
    var text = [UInt8(ascii: "{")]
    for element in elements {
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      text.append(UInt8(ascii: "\""))
      for byte in element {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
        text.append(byte)
      }
      text.append(UInt8(ascii: "\""))
    }
    text.append(UInt8(ascii: "}"))
    return text
  }
}
