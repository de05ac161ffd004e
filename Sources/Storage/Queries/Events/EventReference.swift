internal import Ingest

/// A found event by its place in the order of all, with the names as the bytes that the database compares.
///
/// Bytes, because two texts that Swift takes for equal (canonical equivalence) are two keys to the database.
struct EventReference: Hashable, Comparable, Sendable {
  /// Event time in microseconds since 1970.
  let time: Int64
  let eventID: [UInt8]
  let topic: [UInt8]

  init(time: Int64, eventID: [UInt8], topic: [UInt8]) {
    self.time = time
    self.eventID = eventID
    self.topic = topic
  }

  /// The place that a cursor names.
  init(_ position: EventPosition) {
    self.init(
      time: position.timestamp, eventID: Array(position.eventID.utf8), topic: Array(position.topic.utf8))
  }

  /// By time, then event id, then topic, byte by byte: as `ORDER BY ts, event_id, topic`.
  static func < (one: EventReference, other: EventReference) -> Bool {
    guard one.time == other.time else { return one.time < other.time }
    guard one.eventID == other.eventID else { return one.eventID.lexicographicallyPrecedes(other.eventID) }
    return one.topic.lexicographicallyPrecedes(other.topic)
  }
}

extension PostgresResult {
  /// Rows of ts, event_id and topic.
  var references: [EventReference] {
    (0..<rowCount).map { row in
      EventReference(time: time(row, 0) ?? 0, eventID: bytes(row, 1) ?? [], topic: bytes(row, 2) ?? [])
    }
  }
}
