/// The screen of `sluice top`: figures in, lines out. Pure, so that it is tested without a terminal.
struct TopScreen {
  let figures: TopFigures
  /// The columns and rows of the terminal.
  let width: Int
  let height: Int

  /// The columns in which both lists are side by side.
  private static let widthOfTwoLists = 70
  private static let barColumns = 20

  /// Returns the lines, at most `height`, each of at most `width` columns.
  var lines: [ScreenLine] {
    var lines = Self.summary(figures.server, address: figures.address, recent: figures.recent)
    let foot = ScreenLine("q ends", .faint) + ScreenLine(figures.problem.map { "  \($0)" } ?? "", .red)
    let rest = max(0, height - lines.count - 2)
    lines += [ScreenLine()] + lists(rest)
    lines = Array(lines.prefix(max(0, height - 1)))
    return (lines + [foot]).map { $0.cut(to: width) }.suffix(height)
  }

  /// Returns the lines about the whole server.
  static func summary(
    _ server: ServerFigures, address: String, recent: [Double?] = []
  ) -> [ScreenLine] {
    let head =
      ScreenLine("sluice", .bold) + ScreenLine("  \(SafeText.line(address))  ")
      + ScreenLine(SafeText.line(server.status), style(of: server.status))
      + ScreenLine(
        "  version \(SafeText.line(server.version))  up \(Quantity.age(server.uptimeSeconds))", .faint)
    let titles = ["1 S", "10 S", "60 S", "P50 MS", "P95 MS", "P99 MS", "MAX MS"]
    var lines = [
      head, ScreenLine(), ScreenLine(row("EVENTS/S", titles), .faint),
      ScreenLine(row("accepted", cells(server.accepted, server.acceptLatency))),
      ScreenLine(row("committed", cells(server.committed, server.commitLatency))),
    ]
    if !recent.isEmpty {
      let label = DisplayWidth.fitted("last \(recent.count) s", to: labelColumns)
      lines.append(ScreenLine(label, .faint) + ScreenLine(Quantity.sparkline(recent), .cyan))
    }
    return lines + [ScreenLine()] + counts(server) + [queue(server), writers(server)]
  }

  private static let labelColumns = 11

  private static func row(_ label: String, _ cells: [String]) -> String {
    DisplayWidth.fitted(label, to: labelColumns)
      + cells.map { DisplayWidth.fitted($0, to: 9, atEnd: true) }.joined(separator: " ")
  }

  private static func cells(
    _ rates: ServerFigures.Rates, _ latencies: ServerFigures.Latencies
  ) -> [String] {
    [
      rates.last1, rates.last10, rates.last60, latencies.p50, latencies.p95, latencies.p99, latencies.most,
    ].map { Quantity.rounded($0) }
  }

  private static func style(of status: String) -> Style {
    switch status {
    case "healthy": .green
    case "unhealthy": .red
    default: .yellow
    }
  }

  private static func label(_ text: String) -> ScreenLine {
    ScreenLine(DisplayWidth.fitted(text, to: labelColumns), .faint)
  }

  private static func counts(_ server: ServerFigures) -> [ScreenLine] {
    let conflicts = server.conflicts.map { "\(Quantity.grouped($0)) conflicts" } ?? "conflicts not counted"
    let text = [
      "\(Quantity.grouped(server.received)) received", "\(Quantity.grouped(server.unique)) unique",
      "\(Quantity.grouped(server.duplicate)) duplicate", "\(Quantity.grouped(server.dead)) dead", conflicts,
    ].joined(separator: "  ")
    return [label("in all") + ScreenLine(text)]
  }

  private static func queue(_ server: ServerFigures) -> ScreenLine {
    let (bytes, limit) = (server.queueBytes ?? 0, max(1, server.queueLimitBytes ?? 1))
    let share = min(1, Double(bytes) / Double(limit))
    let filled = bytes > 0 ? max(1, Int(share * Double(barColumns))) : 0
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: barColumns - filled)
    let oldest = server.queueOldest.map { "  oldest \(Quantity.rounded($0)) ms" } ?? ""
    return label("queue")
      + ScreenLine("[\(bar)]", share > 0.8 ? .red : share > 0.5 ? .yellow : .plain)
      + ScreenLine(
        " \(Quantity.grouped(server.queueBatches)) batch\(server.queueBatches == 1 ? "" : "es")  \(Quantity.bytes(server.queueBytes)) of "
          + Quantity.bytes(server.queueLimitBytes) + oldest)
  }

  private static func writers(_ server: ServerFigures) -> ScreenLine {
    label("writers")
      + ScreenLine(
        [
          "\(Quantity.grouped(server.busyWriters)) of \(Quantity.grouped(server.writers)) busy",
          Quantity.of(server.connections, "connection"), Quantity.of(server.topics, "topic"),
          Quantity.of(server.aliveServers, "server"),
        ].joined(separator: "  "))
  }

  /// Returns both lists in at most `rows` lines: side by side, or one below the other on a narrow terminal.
  private func lists(_ rows: Int) -> [ScreenLine] {
    guard width >= Self.widthOfTwoLists else {
      let half = (rows - 1) / 2
      return Self.list("TOPICS", figures.topics, width, half) + [ScreenLine()]
        + Self.list("PRODUCERS", figures.producers, width, half)
    }
    let column = (width - 3) / 2
    let left = Self.list("TOPICS", figures.topics, column, rows)
    let right = Self.list("PRODUCERS", figures.producers, column, rows)
    return (0..<max(left.count, right.count)).map { place in
      let one = place < left.count ? left[place] : ScreenLine()
      guard place < right.count else { return one }
      let fill = String(repeating: " ", count: column - DisplayWidth.of(one.text) + 3)
      return one + ScreenLine(fill) + right[place]
    }
  }

  private static let numberColumns = 10

  private static func list(
    _ title: String, _ busy: TopFigures.Busy, _ width: Int, _ rows: Int
  ) -> [ScreenLine] {
    guard rows > 0, width > 2 * numberColumns + 4 else { return [] }
    let names = width - 2 * (numberColumns + 1)
    func line(_ name: String, _ rate: String, _ events: String) -> String {
      DisplayWidth.fitted(name, to: names) + " " + DisplayWidth.fitted(rate, to: numberColumns, atEnd: true)
        + " " + DisplayWidth.fitted(events, to: numberColumns, atEnd: true)
    }
    var lines = [ScreenLine(line(title, "EVENTS/S", "EVENTS"), .faint)]
    // In a line of its own, because the column of names is too narrow on a usual terminal.
    if let count = busy.isOfLatest {
      lines.append(ScreenLine(DisplayWidth.fitted("of the latest \(count)", to: width), .faint))
    }
    if busy.rows.isEmpty {
      lines.append(ScreenLine(DisplayWidth.fitted(busy.note ?? "none at this moment", to: width), .faint))
    }
    lines += busy.rows.prefix(rows).map { row in
      ScreenLine(
        line(SafeText.name(row.name), Quantity.rounded(row.perSecond), Quantity.grouped(row.events)))
    }
    return Array(lines.prefix(rows))
  }
}
