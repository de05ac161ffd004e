import WireProtocol

/// Waiting batches, with the sums that show whether they fill a group. Batches of a producer keep their
/// order.
///
/// While several producers have batches, each gets an equal share of raw bytes in the groups (deficit round
/// robin, https://doi.org/10.1109/90.502236), so that a producer with large batches does not delay the
/// others.
struct FairBatchQueue {
  /// Raw bytes that a producer may send per turn. A larger batch waits for several turns.
  static let quantum = 256 << 10

  private struct ProducerQueue {
    /// The batches; those before `head` are removed.
    var batches: [IngestBatch?] = []
    var head = 0
    /// Raw bytes that may still be taken in this turn.
    var credit = 0
    /// Whether the producer's turn has begun.
    var isInTurn = false

    var first: IngestBatch? { head < batches.count ? batches[head] : nil }

    mutating func removeFirst() {
      batches[head] = nil
      head += 1
      if 2 * head >= batches.count {
        batches.removeFirst(head)
        head = 0
      }
    }
  }

  private var queues: [ProducerID: ProducerQueue] = [:]
  /// The producers with waiting batches; those before `head` are removed.
  private var turns: [ProducerID] = []
  private var head = 0
  /// Number of waiting batches.
  private(set) var count = 0
  /// Events of the waiting batches.
  private(set) var events = 0
  /// Raw bytes of the waiting batches.
  private(set) var bytes = 0
  /// Number of waiting batches with `isAwaited`.
  private(set) var awaited = 0

  var isEmpty: Bool { queues.isEmpty }

  mutating func append(_ batch: IngestBatch) {
    let producer = batch.key.producer
    if queues[producer] == nil { turns.append(producer) }
    queues[producer, default: ProducerQueue()].batches.append(batch)
    count += 1
    events += batch.received
    bytes += batch.byteCount
    if batch.isAwaited { awaited += 1 }
  }

  /// Removes and returns the waiting batches of a producer, in their order. Takes time linear in the producers
  /// that wait.
  mutating func removeAll(of producer: ProducerID) -> [IngestBatch] {
    guard let queue = queues.removeValue(forKey: producer) else { return [] }
    let batches = queue.batches[queue.head...].compactMap { $0 }
    assert(batches.count == queue.batches.count - queue.head, "only batches before the head are removed")
    guard let turn = turns[head...].firstIndex(of: producer) else {
      preconditionFailure("a producer with waiting batches must have a turn")
    }
    turns.remove(at: turn)
    count -= batches.count
    for batch in batches {
      events -= batch.received
      bytes -= batch.byteCount
      if batch.isAwaited { awaited -= 1 }
    }
    return batches
  }

  /// Removes and returns as many batches as fit into a group, at least one. At least one must wait.
  mutating func takeGroup(_ limits: GroupLimits) -> [IngestBatch] {
    precondition(!isEmpty, "a group needs a waiting batch")
    var group = Group(limits: limits)
    while !group.isFull, head < turns.count { takeTurn(into: &group) }
    count -= group.batches.count
    events -= group.events
    bytes -= group.bytes
    assert(count >= 0 && events >= 0 && bytes >= 0, "more batches taken than appended")
    assert(isEmpty == (count == 0), "a producer without batches must have no queue")
    if 2 * head >= turns.count {
      turns.removeFirst(head)
      head = 0
    }
    return group.batches
  }

  /// Takes the first producer's share, and ends its turn unless the group is full.
  private mutating func takeTurn(into group: inout Group) {
    let producer = turns[head]
    // Removed from the dictionary first, so that changing the queue does not copy it.
    guard var queue = queues.removeValue(forKey: producer) else {
      preconditionFailure("a producer with a turn must have a waiting batch")
    }
    let isAlone = queues.isEmpty
    if !queue.isInTurn { queue.credit += Self.quantum }
    queue.isInTurn = true
    while let batch = queue.first, isAlone || batch.byteCount <= queue.credit {
      guard group.take(batch) else { break }
      queue.removeFirst()
      queue.credit = isAlone ? 0 : queue.credit - batch.byteCount
      if batch.isAwaited { awaited -= 1 }
    }
    if queue.first == nil {
      head += 1
    } else {
      if !group.isFull {
        head += 1
        turns.append(producer)
        queue.isInTurn = false
      }
      queues[producer] = queue
    }
  }

  /// The batches of a transaction while they are collected.
  private struct Group {
    let limits: GroupLimits
    var batches: [IngestBatch] = []
    var events = 0
    var bytes = 0
    /// Whether a batch did not fit.
    var isFull = false

    mutating func take(_ batch: IngestBatch) -> Bool {
      let fits = events + batch.received <= limits.events && bytes + batch.byteCount <= limits.bytes
      guard batches.count < GroupLimits.batches, fits || batches.isEmpty else {
        isFull = true
        return false
      }
      events += batch.received
      bytes += batch.byteCount
      batches.append(batch)
      return true
    }
  }
}
