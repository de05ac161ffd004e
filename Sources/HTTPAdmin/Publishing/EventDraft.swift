/// An event that is being read. It is reused for the next event, so that its buffers keep their memory.
struct EventDraft {
  /// The members of an event in JSON.
  enum Field: Int, CaseIterable {
    case topic
    case eventID
    case timestamp
    case source
    case payload

    /// The name of the member.
    var name: String { Self.names[rawValue] }

    /// Returns the field whose name is `name` in UTF-8; nil for other names.
    init?(name: [UInt8]) {
      guard let index = Self.names.firstIndex(where: { name.elementsEqual($0.utf8) }) else { return nil }
      self.init(rawValue: index)
    }

    private static let names = ["topic", "event_id", "timestamp", "source", "payload"]
  }

  /// The decoded strings by field; the one of the payload stays empty.
  var texts = [[UInt8]](repeating: [], count: Field.allCases.count)
  /// Event time in microseconds since 1970.
  var timestamp: Int64 = 0
  /// Range of the payload in the body; nil for none.
  var payload: Range<Int>?
  private var present: UInt8 = 0

  /// Returns the decoded string of `field`.
  func text(_ field: Field) -> [UInt8] { texts[field.rawValue] }

  /// Marks `field` as present.
  /// - Returns: false when it was present already.
  mutating func mark(_ field: Field) -> Bool {
    defer { present |= 1 << field.rawValue }
    return !has(field)
  }

  /// Whether `field` is present.
  func has(_ field: Field) -> Bool { present & 1 << field.rawValue != 0 }

  /// Clears the event and keeps the memory.
  mutating func clear() {
    for index in texts.indices { texts[index].removeAll(keepingCapacity: true) }
    timestamp = 0
    payload = nil
    present = 0
  }
}
