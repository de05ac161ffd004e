/// A live tail over several connections: the position, the number of events, and the end. Pure.
struct Tail {
  /// The position of the last event, to go on from; nil to go on from the present.
  private(set) var position: String?
  /// The reason why the stream ended; nil while it goes on.
  var end: String?
  /// Whether the server has answered with a stream, so that another connection can go on.
  private(set) var hasBegun = false
  private let limit: Int?
  private var count = 0
  private var parser = EventStreamParser()
  private var writer: EventWriter

  /// - Parameter limit: The most events; nil for all.
  init(limit: Int?, writer: EventWriter) {
    self.limit = limit
    self.writer = writer
  }

  /// Whether the limit is reached.
  var isDone: Bool { limit.map { count >= $0 } ?? false }

  /// Takes the next bytes of the stream.
  /// - Returns: The text of the events that they complete.
  /// - Throws: A failure with the status `failed` when an event is no JSON; that of the parser.
  mutating func take(_ bytes: [UInt8]) throws(CommandFailure) -> String {
    var text = ""
    for message in try parser.take(bytes) where !isDone {
      if !message.id.isEmpty { (position, hasBegun) = (message.id, true) }
      guard let data = message.data else { continue }
      let value: JSONValue
      do {
        value = try JSONValue(Array(data.utf8))
      } catch {
        throw CommandFailure(.failed, "an event of the stream is no JSON: is --url a Sluice server?")
      }
      if message.type == "end" {
        finish(value)
      } else {
        text += writer.text(value)
        count += 1
      }
    }
    return text
  }

  private mutating func finish(_ value: JSONValue) {
    let reason = value["reason"]?.text ?? "unknown"
    let detail = value["detail"]?.text.map(SafeText.line) ?? SafeText.line(reason)
    end = "the server ended the stream: \(detail)"
    // The position belongs to another database, or is too old: events between may be missing.
    guard ["other-database", "too-old"].contains(reason) else { return }
    end = "the server ended the stream: \(detail); events may be missing"
    position = nil
  }

  /// Prepares for the next connection.
  mutating func beginAgain() {
    end = nil
    parser = EventStreamParser()
  }
}
