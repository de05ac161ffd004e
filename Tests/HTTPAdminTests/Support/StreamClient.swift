/// A subscriber to `/events/stream` over a raw connection. It splits lines as they arrive, by their bytes,
/// because a stream may be long.
struct StreamClient {
  /// The content of a line, such as `id: 1`, with the number of events before it.
  private struct Field {
    let text: String
    let events: Int
  }

  private var connection: RawConnection
  private var line: [UInt8] = []
  private var fields: [Field] = []
  private var eventCount = 0
  private var isAtEnd = false

  /// The status line.
  let status: String
  /// Number of events that were read.
  private(set) var seen = 0

  /// Subscribes, and waits for the header of the answer.
  init(
    _ connection: RawConnection, _ query: String = "", lastEventID: String? = nil, fields: String = ""
  ) async throws {
    self.connection = connection
    let field = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    try await self.connection.send(
      "GET /events/stream\(query) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\(field)\(fields)\r\n"
    )
    let head = Array(try await self.connection.read { $0.utf8.contains(UInt8(ascii: "\n")) }.utf8)
    status = String(decoding: head.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    take(head)
  }

  /// The last id so far.
  var lastID: String? { values(of: "id: ").last }

  /// Returns the id of event number `count`, from 1.
  func id(ofEvent count: Int) -> String? {
    fields.last { $0.text.hasPrefix("id: ") && $0.events < count }.map { String($0.text.dropFirst(4)) }
  }

  /// Waits for an id, which shows that the subscription has begun.
  mutating func begun() async throws {
    try await wait { $0.lastID != nil }
  }

  /// Returns the topics of the next `count` events.
  mutating func topics(_ count: Int) async throws -> [String] {
    let wanted = seen + count
    try await wait { $0.eventCount >= wanted }
    let found = values(of: "data: ")[seen..<wanted]
    seen = wanted
    return found.compactMap { $0.firstMatch(of: /"topic":"([^"]*)"/).map { String($0.1) } }
  }

  /// Reads until the server ends the stream.
  mutating func readToEnd() async throws {
    // The last chunk of the body.
    while !isAtEnd { try await readOn() }
  }

  /// Waits until the received lines satisfy `isEnough`.
  mutating func wait(until isEnough: (StreamClient) -> Bool) async throws {
    while !isEnough(self) { try await readOn() }
  }

  /// The stream ended before the awaited lines.
  struct Ended: Error {
    let lines: [String]
  }

  /// Returns the values of the lines of a field.
  func values(of field: String) -> [String] {
    fields.map(\.text).filter { $0.hasPrefix(field) }.map { String($0.dropFirst(field.count)) }
  }

  private mutating func readOn() async throws {
    let more = try await connection.read { _ in true }
    guard !more.isEmpty, !isAtEnd else { throw Ended(lines: fields.map(\.text)) }
    take(Array(more.utf8))
  }

  private mutating func take(_ bytes: [UInt8]) {
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        line.append(byte)
        continue
      }
      if line == Array("0\r".utf8) { isAtEnd = true }
      if line.count < 4_096 {
        fields.append(Field(text: String(decoding: line, as: UTF8.self), events: eventCount))
      }
      if line.starts(with: Array("data: ".utf8)) {
        if line.count >= 4_096 {
          fields.append(Field(text: String(decoding: line.prefix(200), as: UTF8.self), events: eventCount))
        }
        eventCount += 1
      }
      line = []
    }
  }
}
