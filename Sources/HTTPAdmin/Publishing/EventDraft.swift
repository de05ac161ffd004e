/// An event while it is read. Used again for the next one, so that its buffers keep their memory.
struct EventDraft {
  /// The members of an event in JSON.
  enum Field: Int, CaseIterable {
    case topic
    case eventID
    case timestamp
    case source
    case payload

    /// Its name.
    var name: String { Self.names[rawValue] }

    /// The field with a name, given in UTF-8.
    init?(name: [UInt8]) {
      guard let index = Self.names.firstIndex(where: { name.elementsEqual($0.utf8) }) else { return nil }
      self.init(rawValue: index)
    }

    private static let names = ["topic", "event_id", "timestamp", "source", "payload"]
  }

  /// The decoded strings, by field; the payload's stays empty.
  var texts = [[UInt8]](repeating: [], count: Field.allCases.count)
  /// Event time in microseconds since 1970.
  var timestamp: Int64 = 0
  /// Where the payload stands in the body; nil for none.
  var payload: Range<Int>?
  private var present: UInt8 = 0

  /// The decoded string of `field`.
  func text(_ field: Field) -> [UInt8] { texts[field.rawValue] }

  /// Notes that `field` is there.
  /// - Returns: false when it was already.
  mutating func mark(_ field: Field) -> Bool {
    defer { present |= 1 << field.rawValue }
    return !has(field)
  }

  /// Whether `field` is there.
  func has(_ field: Field) -> Bool { present & 1 << field.rawValue != 0 }

  /// Forgets the event and keeps the memory.
  mutating func clear() {
    payload = nil
    present = 0
  }
}
