internal import Ingest
internal import PostgresClient

/// A batch that a writer took from the queue, with the results of the attempts to commit it.
struct GroupMember: Sendable {
  /// The batch as it was accepted.
  let batch: IngestBatch
  /// The events of the batch that cannot be stored, ascending by position: events that validation refused,
  /// and events that the database refused later.
  private(set) var dead: [RefusedEvent]
  /// Time at which a group with this batch first failed; nil when none has failed.
  private(set) var failingSince: ContinuousClock.Instant?

  init(_ batch: IngestBatch) {
    self.batch = batch
    self.dead = batch.dead.map { RefusedEvent(position: $0.position, reason: $0.reason, detail: nil) }
    assert(
      zip(dead, dead.dropFirst()).allSatisfy { $0.position < $1.position }, "dead events ascend by position")
  }

  /// Number of events that can be stored.
  var livingCount: Int {
    assert(dead.count <= batch.received)
    return batch.received - dead.count
  }

  /// Marks the event at `position` as dead, unless it is dead already.
  /// - Parameter mayReturn: Whether the event is retried later, because the cause of the refusal may end.
  mutating func markDead(
    _ position: Int, _ reason: DeadReason, detail: String?, mayReturn: Bool = false
  ) {
    precondition(position >= 0 && position < batch.received, "a position outside the batch")
    let place = dead.partitioningIndex { $0.position >= position }
    guard place == dead.count || dead[place].position != position else { return }
    dead.insert(
      RefusedEvent(position: position, reason: reason, detail: detail, mayReturn: mayReturn), at: place)
  }

  /// Records that a group with this batch failed at `now`. Only the first failure counts.
  mutating func failed(at now: ContinuousClock.Instant) { failingSince = failingSince ?? now }

  /// Marks every living event of the batch as quarantined.
  mutating func quarantine(detail: String) {
    var known = dead[...]
    dead = (0..<batch.received).map { position in
      if known.first?.position == position { return known.removeFirst() }
      return RefusedEvent(position: position, reason: .quarantined, detail: detail, mayReturn: true)
    }
    assert(livingCount == 0, "no event of a quarantined batch is sent again")
  }
}

/// An event that is dead-lettered.
struct RefusedEvent: Hashable, Sendable {
  /// Zero-based place in the batch.
  let position: Int
  /// The reason of the refusal.
  let reason: DeadReason
  /// The database's error, if the database refused the event.
  let detail: String?
  /// Whether the event is retried later, because the cause of the refusal may end and is not the event's
  /// content.
  var mayReturn = false

  /// The text of an error that is stored with the event, at most 500 characters.
  static func detail(_ error: PostgresError) -> String {
    String("\(error)".prefix(500))
  }
}

extension Array {
  /// The first index whose element satisfies `belongsAfter`; the count when no element does. Elements that
  /// satisfy it come after all elements that do not.
  func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    assert(low == high && (low == count || belongsAfter(self[low])), "the first element that belongs after")
    return low
  }
}
