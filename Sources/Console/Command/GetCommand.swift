import ArgumentParser

/// `sluice get`: shows one event.
struct GetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one event by its key.")

  @Argument(help: "The topic of the event.")
  var topic: String

  @Argument(help: ArgumentHelp("The id of the event.", valueName: "event-id"))
  var eventID: String

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func run() async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      let answer = try await server.answer(to: RequestTarget("events", topic, eventID))
      guard answer.status != 404 || answer.reason == nil else {
        throw CommandFailure(
          .failed, "there is no event \(SafeText.name(eventID)) of the topic \(SafeText.name(topic))")
      }
      let event = try answer.json(from: server.settings)
      try output.print(json.isOn ? JSONText.pages(event) : Self.text(event, output.paint))
    }
  }

  /// Returns an event over several lines, with its payload indented.
  static func text(_ event: JSONValue, _ paint: Painter) -> String {
    let names = ["topic", "event_id", "timestamp", "source", "processed_at"]
    let lines = names.map { name in
      "\(paint(DisplayWidth.fitted(name, to: 12), .faint))  \(SafeText.name(event[name]?.text ?? ""))"
    }
    let payload = event["payload"].map(JSONText.pages) ?? "null"
    return (lines + [paint("payload", .faint), payload]).joined(separator: "\n")
  }
}
