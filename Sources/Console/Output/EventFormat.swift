import ArgumentParser
import Base

/// The form in which events are printed.
enum EventFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// A line for people.
  case text
  /// One array, with one event on each line.
  case json
  /// One JSON object on each line.
  case ndjson
  /// Rows of comma-separated values with a header (RFC 4180), in the columns of `GET /events?format=csv`.
  case csv
}

/// Writes events in a form, page after page.
struct EventWriter {
  private let format: EventFormat
  private let paint: Painter
  private var count = 0

  init(_ format: EventFormat, _ paint: Painter) {
    self.format = format
    self.paint = paint
  }

  private static let columns = ["topic", "event_id", "timestamp", "source", "payload", "processed_at"]

  /// Returns the text before the first event.
  var header: String {
    switch format {
    case .json: "["
    case .csv: Self.columns.joined(separator: ",") + "\r\n"
    case .text, .ndjson: ""
    }
  }

  /// Returns the text after the last event.
  var footer: String { format == .json ? (count == 0 ? "]\n" : "\n]\n") : "" }

  /// Returns the text of the next event.
  mutating func text(_ event: JSONValue) -> String {
    count += 1
    return switch format {
    case .json: (count == 1 ? "\n" : ",\n") + JSONText.line(event)
    case .ndjson: JSONText.line(event) + "\n"
    case .csv: Self.row(event)
    case .text: line(event) + "\n"
    }
  }

  /// Returns an event in a line for people: time, topic, id, source, payload.
  private func line(_ event: JSONValue) -> String {
    func name(_ member: String) -> String { SafeText.name(event[member]?.text ?? "") }
    var parts = [
      paint(SafeText.line(event["timestamp"]?.text ?? "-"), .faint), paint(name("topic"), .cyan),
      paint(name("event_id"), .bold), name("source"),
    ]
    if let payload = event["payload"], payload != .null { parts.append(JSONText.line(payload)) }
    return parts.joined(separator: "  ")
  }

  private static func row(_ event: JSONValue) -> String {
    let fields = columns.map { column -> String in
      guard let value = event[column], value != .null else { return "" }
      return value.text ?? JSONText.line(value)
    }
    return fields.map(field).joined(separator: ",") + "\r\n"
  }

  /// Returns a field, with quotation marks around it if it needs them. Control characters are escaped, because rows
  /// are also shown on terminals.
  private static func field(_ text: String) -> String {
    let text = text.unicodeScalars.allSatisfy(VisibleText.isVisible) ? text : SafeText.line(text)
    let special = ",\"\r\n".utf8
    guard text.utf8.contains(where: special.contains) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
