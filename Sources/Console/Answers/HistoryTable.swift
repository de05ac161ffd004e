import TextFormats

/// A history as rows for people, each of one or several intervals. Pure.
struct HistoryTable {
  /// One row.
  struct Row: Hashable {
    /// The end of the row's time; nil when it is not known.
    var until: UTCTime?
    /// Events per second, over the intervals of the row that are known.
    var received: Double?
    var unique: Double?
    var duplicates: Double?
    /// Events in the time of the row.
    var dead: Double?
    var refused: Double?
    /// The most events in the queue.
    var queued: Double?
    /// The longest age of the queue in milliseconds.
    var queueAge: Double?
    var connections: Double?
    /// The longest commit latency (P99) in milliseconds.
    var commit: Double?
    /// Whether the store was available all the time.
    var isStoreAvailable: Bool?
  }

  /// The most rows when nobody chose their length.
  private static let mostRows = 30
  private static let lengths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600]

  /// The seconds of one row.
  let seconds: Int
  /// The rows, oldest first.
  let rows: [Row]

  /// - Parameter length: The seconds of a row; nil for a length that gives few rows.
  init(_ series: ServerHistory.Series, length: Int? = nil) {
    let span = series.count * series.interval
    let chosen = length ?? Self.lengths.first { $0 * Self.mostRows >= span } ?? 3_600
    let intervals = max(1, chosen / series.interval)
    seconds = intervals * series.interval
    let count = (series.count + intervals - 1) / intervals
    rows = (0..<count).reversed().map { back in
      let end = series.count - back * intervals
      return Row(series, max(0, end - intervals)..<end)
    }
  }

  /// Returns the table.
  func text(_ paint: Painter) -> String {
    let headings = [
      "RECEIVED/S", "UNIQUE/S", "DUPLICATES/S", "DEAD", "REFUSED", "QUEUED", "QUEUE MS", "CONNECTIONS",
      "COMMIT P99 MS",
    ]
    var table = TextTable(
      [.init("UNTIL")] + headings.map { .init($0, isNumber: true) } + [.init("STORE")])
    for row in rows {
      let figures = [
        row.received, row.unique, row.duplicates, row.dead, row.refused, row.queued, row.queueAge,
        row.connections,
        row.commit,
      ]
      let store = row.isStoreAvailable.map { $0 ? "available" : "away" } ?? "-"
      table.add([row.until?.text ?? "-"] + figures.map { Quantity.rounded($0) } + [store])
    }
    return table.text(paint)
  }
}

extension HistoryTable.Row {
  /// The row of some intervals of a series.
  fileprivate init(_ series: ServerHistory.Series, _ range: Range<Int>) {
    func known(_ name: String) -> [Double] { series.values(name)[range].compactMap { $0 } }
    func sum(_ name: String) -> Double? { known(name).isEmpty ? nil : known(name).reduce(0, +) }
    // Over the time that is known: a row may begin before the server did.
    func rate(_ name: String) -> Double? {
      sum(name).map { $0 / Double(known(name).count * series.interval) }
    }
    func most(_ name: String) -> Double? { known(name).max() }
    until = series.until.map {
      UTCTime(
        microseconds: $0.microseconds - Int64((series.count - range.upperBound) * series.interval) * 1_000_000
      )
    }
    received = rate("received")
    unique = rate("unique")
    duplicates = rate("duplicates")
    dead = sum("dead")
    refused = sum("refused")
    queued = most("queued")
    queueAge = most("queue_age_ms")
    connections = known("connections").last
    commit = most("commit_p99_ms")
    isStoreAvailable = known("store_available").min().map { $0 > 0 }
  }
}
