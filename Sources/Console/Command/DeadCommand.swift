import ArgumentParser

/// `sluice dead`: lists events that could not be stored.
struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead", abstract: "List dead events: events that could not be stored, with the reason.",
    discussion: "`sluice republish` publishes a dead event again, by the number in the column ID.")

  /// Which dead events are listed.
  enum Republished: String, ExpressibleByArgument, CaseIterable {
    case yes = "true"
    case no = "false"
    case any
  }

  @Option(help: ArgumentHelp("Only dead events of this topic.", valueName: "topic"))
  var topic: String?

  @Option(help: ArgumentHelp("Only dead events of this source.", valueName: "text"))
  var source: String?

  @Option(
    help: ArgumentHelp("Only dead events with this reason, such as payload_syntax.", valueName: "reason"))
  var reason: String?

  @Option(help: ArgumentHelp("Only dead events of this producer.", valueName: "uuid"))
  var producer: String?

  @OptionGroup var times: TimeOptions

  @Option(help: "Whether to list dead events that were published again.")
  var republished = Republished.no

  @Option(help: "The order: desc is the latest first, asc the oldest first.")
  var order = SearchOrder.desc

  @OptionGroup var options: ListOptions

  /// The request for the first page.
  var target: RequestTarget {
    RequestTarget("dead", parameters: times.parameters).adding("topic", topic).adding("source", source)
      .adding("reason", reason).adding("producer", producer)
      .adding("republished", republished == .no ? nil : republished.rawValue)
      .adding("order", order == .desc ? nil : order.rawValue)
  }

  func run() async throws {
    let table = TextTable([
      .init("ID"), .init("AT"), .init("REASON"), .init("TOPIC"), .init("EVENT ID"), .init("SOURCE"),
      .init("PRODUCER"), .init("REPUBLISHED"), .init("DETAIL"),
    ])
    try await options.list(target, member: "dead_events", table) { row in
      func name(_ member: String) -> String { row[member]?.text.map(SafeText.name) ?? "-" }
      return [
        row["dead_id"]?.scalar.map(SafeText.line) ?? "-", name("at"), name("reason"), name("topic"),
        name("event_id"), name("source"), name("producer"), name("republished_at"),
        row["detail"]?.text.map(SafeText.line) ?? "",
      ]
    }
  }
}
