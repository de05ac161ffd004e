internal import PostgresClient

/// The spans of a search, from the one nearest to its beginning on, each of which is read once from the database.
struct SpanCursor {
  /// The rows to read.
  struct Selection {
    let source: SpanSource
    /// The conditions of the rows, which may use `parameters` as `$2` and further.
    var conditions: [String] = []
    var parameters: [PostgresParameter] = []
    /// Whether the spans with the latest ends come first; otherwise those with the earliest beginnings.
    let isDescending: Bool
    /// Whether listed events of a time are wanted.
    let isWanted: @Sendable (Int64) -> Bool
  }

  private let selection: Selection
  private let transaction: SearchTransaction
  /// Spans that were fetched and not taken.
  private var waiting: ArraySlice<SpanSearch.Span> = []
  private var isAtEnd = false
  private var fetchCount: Int
  private let mostFetched: Int

  /// Declares the cursor in `transaction`, and fetches the first spans.
  /// - Parameters:
  ///   - fetching: The number of spans of the first fetch. Each fetch is twice as large as the one before.
  ///   - mostFetched: The most spans of a fetch.
  init(
    _ selection: Selection, fetching: Int, atMost mostFetched: Int, in transaction: SearchTransaction
  ) throws(PostgresError) {
    self.selection = selection
    self.transaction = transaction
    self.mostFetched = mostFetched
    fetchCount = fetching
    var statements = StatementList()
    statements.add(Self.prefer)
    statements.add(
      PostgresStatement(
        """
        DECLARE spans NO SCROLL CURSOR FOR
        \(selection.source.rows(where: selection.conditions))
        ORDER BY \(selection.isDescending ? "max_ts DESC" : "min_ts")
        """, [selection.source.parameter] + selection.parameters))
    let spans = statements.add(fetch)
    take(try transaction.connection.pipeline(statements)[spans])
  }

  /// Turns sequential scans off. Without statistics, on a young table, the planner may prefer to read the
  /// whole table. Of the indexes only the one on batch_id and the primary key fit the queries by spans.
  private static let prefer = PostgresStatement("SET LOCAL enable_seqscan = off")

  /// Returns the nearest span that was not taken; nil when none is left.
  mutating func next() throws(PostgresError) -> SpanSearch.Span? {
    if waiting.isEmpty, !isAtEnd { take(try transaction.connection.query(fetch)) }
    return waiting.first
  }

  /// Takes the span that `next` returned.
  mutating func removeNext() {
    precondition(!waiting.isEmpty, "a span that next() returned is taken")
    waiting.removeFirst()
  }

  private var fetch: PostgresQuery<[SpanSearch.Span]> {
    PostgresQuery(PostgresStatement("FETCH \(fetchCount) FROM spans")) { [selection] rows in
      (0..<rows.rowCount).map { selection.source.span(rows, $0, listing: selection.isWanted) }
    }
  }

  private mutating func take(_ spans: [SpanSearch.Span]) {
    precondition(waiting.isEmpty, "spans are fetched when none waits")
    assert(spans.count <= fetchCount, "FETCH returns no more rows than it is asked for")
    waiting = spans[...]
    isAtEnd = spans.count < fetchCount
    fetchCount = min(fetchCount * 2, mostFetched)
  }
}
