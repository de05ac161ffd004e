import ClientLib

/// What the connections of a run did together.
struct Traffic: Hashable, Sendable {
  /// Bytes of columns before compression.
  var rawBytes = 0
  /// Bytes sent, everything included.
  var sentBytes = 0
  var reconnects = 0
  var resentBatches = 0
  /// Batches that were given up: to make room, or because their time was over.
  var droppedBatches = 0
  var expiredBatches = 0
  /// Batches of earlier runs that were found in spools.
  var recoveredBatches = 0

  /// Adds what one connection did.
  mutating func add(_ statistics: Producer.Statistics) {
    rawBytes += statistics.rawBytes
    sentBytes += statistics.sentBytes
    reconnects += statistics.reconnects
    resentBatches += statistics.resent
    droppedBatches += statistics.dropped
    expiredBatches += statistics.expired
    recoveredBatches += statistics.recovered
  }
}
