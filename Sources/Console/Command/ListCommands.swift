import ArgumentParser

/// Options of commands that list rows.
struct ListOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The most rows.", valueName: "number"))
  var limit = 100

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit takes 1 or more.") }
  }

  /// Reads the pages of a list up to the limit, and prints the rows: an array of JSON, or a table.
  func list(
    _ target: RequestTarget, member: String, _ table: TextTable,
    cells: (JSONValue) -> [String], after: (JSONValue) -> String? = { _ in nil }
  ) async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      var pages = ServerPages(target, member: member, limit: limit)
      var rows: [JSONValue] = []
      var first: JSONValue?
      while let page = try await pages.next(from: server) {
        rows += page.rows
        first = first ?? page.answer
      }
      guard !json.isOn else { return try output.print(Self.array(rows)) }
      var table = table
      for row in rows { table.add(cells(row)) }
      try output.print(table.text(output.paint))
      if let line = first.flatMap(after) { try output.print(line) }
    }
  }

  /// Returns rows as one array with a row on each line.
  static func array(_ rows: [JSONValue]) -> String {
    guard !rows.isEmpty else { return "[]" }
    return "[\n" + rows.map { JSONText.line($0) }.joined(separator: ",\n") + "\n]"
  }
}

/// `sluice topics`: lists the stored topics.
struct TopicsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topics", abstract: "List the stored topics with their numbers of events.")

  /// The order of topics.
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name
    case events
    case last
  }

  @Option(help: ArgumentHelp("Only topics with this prefix.", valueName: "text"))
  var prefix: String?

  @Option(help: "The order: by name, the most events first, or the latest event first.")
  var order = Order.name

  @OptionGroup var options: ListOptions

  func run() async throws {
    let target = RequestTarget("topics").adding("prefix", prefix).adding("order", order.rawValue)
    let table = TextTable([.init("EVENTS", isNumber: true), .init("LAST EVENT"), .init("TOPIC")])
    try await options.list(target, member: "topics", table) { row in
      [
        Quantity.grouped(row["events"]?.integer), SafeText.line(row["last_timestamp"]?.text ?? "-"),
        SafeText.name(row["topic"]?.text ?? ""),
      ]
    } after: { answer in
      let topics = Quantity.of(answer["topics_count"]?.integer, "topic")
      return "\(topics), \(Quantity.of(answer["events_count"]?.integer, "event"))"
    }
  }
}

/// `sluice producers`: lists the producers.
struct ProducersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "producers", abstract: "List the producers, what they sent, and whether they are connected.")

  /// The order of producers.
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name
    case seen
    case received
  }

  @Option(
    help: ArgumentHelp(
      "Only producers with this name, or with this prefix and a * at the end.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("Only producers whose name or UUID has this text.", valueName: "text"))
  var grep: String?

  @Option(help: "The order: by name, seen last first, or the most events first.")
  var order = Order.seen

  @Flag(help: "Only producers that are connected to this server.")
  var connected = false

  @OptionGroup var options: ListOptions

  func run() async throws {
    let target = RequestTarget("producers").adding("name", name).adding("q", grep).adding(
      "order", order.rawValue
    )
    .adding("connected", connected ? "1" : nil)
    let table = TextTable([
      .init("RECEIVED", isNumber: true), .init("UNIQUE", isNumber: true), .init("DUPLICATE", isNumber: true),
      .init("DEAD", isNumber: true), .init("CONNECTIONS", isNumber: true), .init("SEEN"), .init("PRODUCER"),
      .init("NAME"),
    ])
    try await options.list(target, member: "producers", table) { row in
      ["received", "unique", "duplicate", "dead", "connections"].map { Quantity.grouped(row[$0]?.integer) }
        + [
          SafeText.line(row["seen_at"]?.text ?? "-"), SafeText.line(row["producer"]?.text ?? "-"),
          SafeText.name(row["name"]?.text ?? ""),
        ]
    } after: {
      Quantity.of($0["producers_count"]?.integer, "producer")
    }
  }
}
