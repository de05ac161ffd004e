internal import Ingest

/// A batch in the hands of a writer, with what the attempts to commit it taught so far.
struct GroupMember: Sendable {
  /// The batch as it was accepted.
  let batch: IngestBatch
  /// Its events that can not be stored, ascending by position: those of validation, and those that the
  /// database refused since.
  private(set) var dead: [RefusedEvent]
  /// The connections that broke while this batch was alone in its group; nil when none did.
  private(set) var lossesAlone: LossesAlone?

  init(_ batch: IngestBatch) {
    self.batch = batch
    self.dead = batch.dead.map { RefusedEvent(position: $0.position, reason: $0.reason, detail: nil) }
  }

  /// Events that go into the staging table.
  var livingCount: Int {
    assert(dead.count <= batch.received)
    return batch.received - dead.count
  }

  /// Marks the event at `position`, unless it is dead already.
  mutating func markDead(_ position: Int, _ reason: DeadReason, detail: String?) {
    precondition(position >= 0 && position < batch.received, "a position outside the batch")
    let place = dead.partitioningIndex { $0.position >= position }
    guard place == dead.count || dead[place].position != position else { return }
    dead.insert(RefusedEvent(position: position, reason: reason, detail: detail), at: place)
  }

  /// Takes note of a connection that broke while this batch was alone in its group.
  /// - Returns: All of them so far.
  mutating func lostConnectionAlone(at now: ContinuousClock.Instant) -> LossesAlone {
    var losses = lossesAlone ?? LossesAlone(count: 0, first: now)
    losses.count += 1
    lossesAlone = losses
    return losses
  }

  /// Takes note of a connection that outlived an attempt: those that did not were not this batch's doing.
  mutating func keptConnection() { lossesAlone = nil }

  /// Marks every event that still lives.
  mutating func quarantine(detail: String) {
    var known = dead[...]
    dead = (0..<batch.received).map { position in
      if known.first?.position == position { return known.removeFirst() }
      return RefusedEvent(position: position, reason: .quarantined, detail: detail)
    }
  }
}

/// Connections that broke under one batch, one after the other.
struct LossesAlone: Hashable, Sendable {
  var count: Int
  /// When the first of them broke.
  let first: ContinuousClock.Instant
}

/// An event that is kept aside, by its place in the batch.
struct RefusedEvent: Hashable, Sendable {
  /// Zero-based place in the batch.
  let position: Int
  /// Why.
  let reason: DeadReason
  /// What the database said, where it was the database that refused.
  let detail: String?

  /// What to keep of an error: one line of bounded length.
  static func detail(_ error: PostgresError) -> String {
    String("\(error)".prefix(500))
  }
}

extension Array {
  /// The first place at which `belongsBehind` holds, in an array ordered by it.
  func partitioningIndex(where belongsBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if belongsBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
