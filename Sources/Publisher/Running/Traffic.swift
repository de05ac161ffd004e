import ClientLib

/// What the connections of a run did together.
struct Traffic: Hashable, Sendable {
  /// Bytes of columns before compression.
  var rawBytes = 0
  /// Bytes sent, everything included.
  var sentBytes = 0
  var reconnects = 0
  var resentBatches = 0

  /// Adds what one connection did.
  mutating func add(_ statistics: Producer.Statistics) {
    rawBytes += statistics.rawBytes
    sentBytes += statistics.sentBytes
    reconnects += statistics.reconnects
    resentBatches += statistics.resent
  }
}
