internal import Ingest
internal import WireProtocol

extension SettingTable {
  /// The keys `limits.*`: bounds of frames, batches, events and connections.
  static let limits: [Setting] = [
    Setting(
      "limits.batch.body", \.limits.batch.bodyBytes, .size(64 << 10...1 << 30),
      "Largest body of a frame in bytes, as sent"),
    Setting(
      "limits.batch.raw", \.limits.batch.rawBytes, .size(64 << 10...1 << 30),
      "Most bytes of a batch's columns before compression"),
    Setting(
      "limits.batch.events", \.limits.batch.events, .integer(1_000...65_535),
      "Most events in a batch"),
    Setting(
      "limits.batch.dictionary", \.limits.batch.dictionary, .integer(1...65_535),
      "Most distinct topics in a batch, and most distinct sources"),
    Setting(
      "limits.name.scalars", \.limits.event.nameScalars, .integer(1...255),
      "Most Unicode scalars in a topic, a source or an event id"),
    Setting(
      "limits.payload.bytes", \.limits.event.payloadBytes, .size(1 << 10...256 << 20),
      "Largest payload in bytes"),
    Setting(
      "limits.json.depth", \.limits.event.jsonDepth, .integer(1...1_024),
      "Most levels of arrays and objects in a payload"),
    Setting(
      "limits.json.exponent", \.limits.event.jsonExponent, .integer(1...10_000),
      "Largest magnitude of a number's decimal exponent in a payload"),
    Setting(
      "limits.span", \.limits.span, .integer(64...32_768),
      "Number of sequences, from its base on, that a producer may use at a time"),
    Setting(
      "limits.connections", \.limits.connections, .integer(1...1_000_000),
      "Simultaneous connections of producers; when one more arrives, the oldest connection that has "
        + "delivered nothing is closed"),
    Setting(
      "limits.address.connections", \.limits.connectionsOfAddress, .integer(0...1_000_000),
      "Simultaneous connections of one address (IPv6: of one /64); 0 for half of `limits.connections`, "
        + "but at least 128"),
    Setting(
      "limits.address.hellos", \.limits.hellosOfAddress, .integer(1...1_000_000),
      "Handshakes of one address in one second; twice as many may come at once, more wait or are "
        + "refused"),
    Setting(
      "limits.unauthenticated.connections", \.limits.unauthenticated, .integer(1...1_000_000),
      "Simultaneous connections of producers that have not proved a key yet, on a server with "
        + "`auth.credentials`; when one more arrives, the oldest of them is closed"),
    Setting(
      "limits.unauthenticated.address", \.limits.unauthenticatedOfAddress, .integer(1...1_000_000),
      "The same for one address (IPv6: for one /64)"),
    Setting(
      "limits.unread", \.limits.unreadBytes, .size(64 << 10...64 << 20),
      "Bytes of answers that may wait for a producer to read them; a producer with more is disconnected"),
    Setting(
      "limits.credit.batches", \.limits.creditBatches, .integer(1...65_535),
      "Batches without an answer that a connection may have"),
    Setting(
      "limits.credit.bytes", \.limits.creditBytes, .size(64 << 10...64 << 30),
      "Raw bytes of batches without an answer that a connection may have"),
  ]
}
