internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Place of a found event in the order of all events. The names are the bytes that the database compares.
///
/// Bytes, because two texts that are equal in Swift by canonical equivalence are two keys in the database.
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

  /// Creates the place that a cursor names.
  init(_ position: EventPosition) {
    self.init(
      time: position.timestamp, eventID: Array(position.eventID.utf8), topic: Array(position.topic.utf8))
  }

  /// Compares by time, then event id, then topic, byte by byte: as `ORDER BY ts, event_id, topic`.
  static func < (one: EventReference, other: EventReference) -> Bool {
    guard one.time == other.time else { return one.time < other.time }
    guard one.eventID == other.eventID else { return one.eventID.lexicographicallyPrecedes(other.eventID) }
    return one.topic.lexicographicallyPrecedes(other.topic)
  }
}

extension PostgresQuery<[EventReference]> {
  /// A query whose statement returns rows of ts, event_id and topic.
  static func references(_ statement: PostgresStatement) -> PostgresQuery<[EventReference]> {
    PostgresQuery(statement) { rows in
      (0..<rows.rowCount).map { row in
        EventReference(
          time: rows.time(row, 0) ?? 0, eventID: rows.bytes(row, 1) ?? [], topic: rows.bytes(row, 2) ?? [])
      }
    }
  }
}
