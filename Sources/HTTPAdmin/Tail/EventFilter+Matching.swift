internal import StoreInterface

extension EventFilter {
  /// Whether the filter selects `event`, as the database would decide. Names are compared byte by byte.
  func matches(_ event: StoredEvent) -> Bool {
    if let source, !source.utf8.elementsEqual(event.source.utf8) { return false }
    if let eventID, !eventID.utf8.elementsEqual(event.eventID.utf8) { return false }
    if let permitted, !permitted.contains(event.topic) { return false }
    let time = clock == .eventTime ? event.timestamp : event.processedAt
    if let since, time < since { return false }
    if let until, time >= until { return false }
    return matchesTopic(of: event) && matchesPayload(of: event)
  }

  private func matchesTopic(of event: StoredEvent) -> Bool {
    switch topics {
    case .all: true
    case .one(let topic): topic.utf8.elementsEqual(event.topic.utf8)
    case .prefix(let prefix): event.topic.utf8.starts(with: prefix.utf8)
    }
  }

  private func matchesPayload(of event: StoredEvent) -> Bool {
    guard text != nil || !fields.isEmpty else { return true }
    guard let payload = event.payload else { return false }
    if let text, !Self.contains(text.utf8.map(Self.lowercased), in: payload) { return false }
    return fields.allSatisfy { $0.matches(payload) }
  }

  /// Whether `bytes` contain `text`, which has no capital ASCII letters. Capital ones in `bytes` match it.
  private static func contains(_ text: [UInt8], in bytes: [UInt8]) -> Bool {
    guard let first = text.first, text.count <= bytes.count else { return text.isEmpty }
    for start in 0...(bytes.count - text.count) where lowercased(bytes[start]) == first {
      if text.indices.allSatisfy({ lowercased(bytes[start + $0]) == text[$0] }) { return true }
    }
    return false
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
