import ArgumentParser

/// Options that select events, as the parameters of `GET /events` do (`spec/http-api.md`, "Filters").
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only events of this topic; with a * at its end, of all topics with this prefix.", valueName: "topic"))
  var topic: String?

  @Option(help: ArgumentHelp("Only events of this source.", valueName: "text"))
  var source: String?

  @Option(
    name: .customLong("event-id"), help: ArgumentHelp("Only events with this id.", valueName: "text"))
  var eventID: String?

  @Option(
    help: ArgumentHelp(
      "Only events whose payload has this text; ASCII letters match in both cases.", valueName: "text"))
  var grep: String?

  @Option(
    name: .customLong("field"),
    help: ArgumentHelp(
      "Only events whose payload has this value at this path, such as user.id=7; repeat it for several.",
      valueName: "path=value"))
  var fields: [FieldFilter] = []

  /// The parameters of the request.
  var parameters: [RequestTarget.Parameter] {
    [("topic", topic), ("source", source), ("event_id", eventID), ("q", grep)].compactMap { name, value in
      value.map { RequestTarget.Parameter(name, $0) }
    } + fields.map { RequestTarget.Parameter("field.\($0.path)", $0.value) }
  }
}

/// Options that bound the time of events.
struct TimeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only events at this time or later: ISO 8601, or a distance from now such as -15m.", valueName: "time"))
  var since: TimeArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Only events before this time, in the same form.", valueName: "time"))
  var until: TimeArgument?

  /// The parameters of the request.
  var parameters: [RequestTarget.Parameter] {
    [("since", since), ("until", until)].compactMap { name, value in
      value.map { RequestTarget.Parameter(name, $0.text) }
    }
  }
}

/// The time of an event that a search bounds and orders by.
enum EventClock: String, ExpressibleByArgument, CaseIterable {
  case eventTime = "event_time"
  case processedAt = "processed_at"
}

/// A path in the payload, and the value there.
struct FieldFilter: ExpressibleByArgument, Hashable, Sendable {
  let path: String
  let value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    path = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}

/// The option for programs that read the output.
struct JSONOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print JSON instead of text for people.")
  var isOn = false
}
