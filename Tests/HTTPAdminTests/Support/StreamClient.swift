/// A subscriber to `/events/stream` over a raw connection. Lines are taken apart as they come, by their bytes:
/// a stream may be long.
struct StreamClient {
  /// What a line says, such as `id: 1`, with how many events stood before it.
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
  /// How many events were taken.
  private(set) var seen = 0

  /// Subscribes, and waits for the head of the answer.
  init(
    _ connection: RawConnection, _ query: String = "", lastEventID: String? = nil
  ) async throws {
    self.connection = connection
    let field = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    try await self.connection.send(
      "GET /events/stream\(query) HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\(field)\r\n")
    let head = Array(try await self.connection.read { $0.utf8.contains(UInt8(ascii: "\n")) }.utf8)
    status = String(decoding: head.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    take(head)
  }

  /// The last id so far.
  var lastID: String? { values(of: "id: ").last }

  /// The id of event number `count`, from 1.
  func id(ofEvent count: Int) -> String? {
    fields.last { $0.text.hasPrefix("id: ") && $0.events < count }.map { String($0.text.dropFirst(4)) }
  }

  /// Waits for an id, which tells that the subscription has begun.
  mutating func begun() async throws {
    try await wait { $0.lastID != nil }
  }

  /// The topics of the next `count` events.
  mutating func topics(_ count: Int) async throws -> [String] {
    let wanted = seen + count
    try await wait { $0.eventCount >= wanted }
    let found = values(of: "data: ")[seen..<wanted]
    seen = wanted
    return found.compactMap { $0.firstMatch(of: /"topic":"([^"]*)"/).map { String($0.1) } }
  }

  /// Reads up to the server's end of the stream.
  mutating func readToEnd() async throws {
    // The last chunk.
    while !isAtEnd { try await readOn() }
  }

  /// Waits until what was received satisfies `isEnough`.
  mutating func wait(until isEnough: (StreamClient) -> Bool) async throws {
    while !isEnough(self) { try await readOn() }
  }

  /// The stream ended before what was waited for.
  struct Ended: Error {
    let lines: [String]
  }

  /// The rests of the lines that begin like this.
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
