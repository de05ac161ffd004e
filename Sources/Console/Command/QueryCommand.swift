import ArgumentParser

/// `sluice query`: searches stored events, page after page.
struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Search stored events, the newest first.",
    discussion: """
      The search goes on until --limit or the end of the stored events. While it takes long, standard error says how \
      far it is.
      """)

  @OptionGroup(title: "Events") var filters: FilterOptions
  @OptionGroup(title: "Events") var times: TimeOptions

  @Option(help: "The time that --since and --until bound, and that orders events.")
  var by = EventClock.eventTime

  @Option(help: "The order of events: desc is the newest first, asc the oldest first.")
  var order = SearchOrder.desc

  @Option(help: ArgumentHelp("The most events; without it, all.", valueName: "number"))
  var limit: Int?

  @Option(help: "The form of the output; --json is the same as json.")
  var format: EventFormat?

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit takes 1 or more.") }
    guard !json.isOn || format == nil else { throw ValidationError("Give one of --json and --format.") }
  }

  func run() async throws {
    ReaderWatch.start()
    let output = CommandOutput.standard
    try await server.withServer { try await search($0, output) }
  }

  /// The request for the first page.
  var target: RequestTarget {
    RequestTarget("events", parameters: filters.parameters + times.parameters)
      .adding("by", by == .eventTime ? nil : by.rawValue).adding(
        "order", order == .desc ? nil : order.rawValue
      )
      .adding("format", "object")
  }

  private func search(_ server: ServerClient, _ output: CommandOutput) async throws {
    var writer = EventWriter(format ?? (json.isOn ? .json : .text), output.paint)
    var progress = SearchProgress(isReplaced: output.replacesProgress)
    let begin = ContinuousClock.now
    var pages = ServerPages(target, member: "events", limit: limit)
    var isFirst = true
    while let page = try await pages.next(from: server) {
      // The header waits for an answer, so that a refused request prints nothing.
      let text = (isFirst ? writer.header : "") + page.rows.map { writer.text($0) }.joined()
      isFirst = false
      try output.write(text)
      guard !page.isLast else { break }
      let line = progress.line(
        found: pages.count, searchedUntil: page.answer["searched_until"]?.text, elapsed: .now - begin)
      if let line { output.show(line) }
    }
    try output.write(writer.footer)
  }
}

/// The order of rows by time.
enum SearchOrder: String, ExpressibleByArgument, CaseIterable, Sendable {
  case desc
  case asc
}
