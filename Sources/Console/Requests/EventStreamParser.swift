/// Reads server-sent events from bytes as they come (WHATWG HTML, "Server-sent events"). Pure.
struct EventStreamParser {
  /// One message of the stream.
  struct Message: Hashable {
    /// The position after the message, to go on from; "" when the server gave none yet.
    var id = ""
    /// The type; "" for an ordinary event.
    var type = ""
    /// The lines of data, joined by line feeds; nil for a message that only gives the position.
    var data: String?
  }

  /// The most bytes of one message, far above the largest event. A longer one ends the stream.
  static let mostBytes = 64 << 20

  private var line: [UInt8] = []
  private var endedWithReturn = false
  private var message = Message()
  private var size = 0
  private var hasFields = false

  /// Takes the next bytes.
  /// - Returns: The messages that are complete now, in order.
  /// - Throws: A failure when a message is longer than `mostBytes`.
  mutating func take(_ bytes: [UInt8]) throws(CommandFailure) -> [Message] {
    var messages: [Message] = []
    for byte in bytes {
      let followsReturn = endedWithReturn
      endedWithReturn = byte == UInt8(ascii: "\r")
      if byte == UInt8(ascii: "\n"), followsReturn { continue }
      guard byte == UInt8(ascii: "\n") || endedWithReturn else {
        line.append(byte)
        size += 1
        guard size <= Self.mostBytes else {
          throw CommandFailure(.failed, "an event of the stream is longer than \(Self.mostBytes >> 20) MiB")
        }
        continue
      }
      if line.isEmpty { finish(&messages) } else { takeLine() }
      line.removeAll(keepingCapacity: true)
    }
    return messages
  }

  private mutating func takeLine() {
    // A line that begins with a colon is a comment.
    guard line.first != UInt8(ascii: ":") else { return }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    let name = String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self)
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    let text = String(decoding: value, as: UTF8.self)
    hasFields = true
    switch name {
    case "id": message.id = text
    case "event": message.type = text
    case "data": message.data = message.data.map { $0 + "\n" + text } ?? text
    default: break
    }
  }

  private mutating func finish(_ messages: inout [Message]) {
    if hasFields { messages.append(message) }
    // The position stays until the server gives the next one.
    message = Message(id: message.id)
    (size, hasFields) = (0, false)
  }
}
