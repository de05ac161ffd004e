import WireProtocol

/// What the queue holds and the rules for it: a plain value, without locks, threads or callbacks.
///
/// A batch is known by its key from its offer until it is settled, first as waiting, then as taken
/// by a writer. It never goes back: a writer that fails to commit a batch keeps it and tries again.
struct QueueContents {
  private struct HeldBatch {
    let batch: IngestBatch
    var observers: BatchObservers
    var isTaken = false
  }

  private let limits: QueueLimits
  private var held: [BatchKey: HeldBatch] = [:]
  private(set) var waiting = WaitingLine()
  private(set) var depth = QueueDepth(batches: 0, bytes: 0)
  private(set) var takenCount = 0
  private(set) var isClosed = false
  /// Raw bytes of the largest batch that was refused since there was room last; nil when none was.
  private var refusedBytes: Int?

  init(limits: QueueLimits) {
    self.limits = limits
  }

  /// Whether everything that was accepted is settled.
  var isEmpty: Bool { held.isEmpty }

  /// Whether somebody awaits an answer to what waits while no writer is at work: to wait for more would make
  /// the answer late, and bring nothing from those who await it.
  var waitsInVain: Bool { takenCount == 0 && waiting.awaited > 0 }

  /// When the oldest unsettled batch was accepted. Looks at all of them.
  var oldest: ContinuousClock.Instant? { held.values.lazy.map(\.batch.acceptedAt).min() }

  /// What it holds of each of `producers` that has anything unsettled. Looks at all batches.
  func unsettled(of producers: Set<ProducerID>) -> [ProducerID: QueueDepth] {
    held.values.reduce(into: [:]) { depths, entry in
      let producer = entry.batch.key.producer
      guard producers.contains(producer) else { return }
      let depth = depths[producer] ?? QueueDepth(batches: 0, bytes: 0)
      depths[producer] = QueueDepth(
        batches: depth.batches + 1, bytes: depth.bytes + entry.batch.byteCount)
    }
  }

  /// Decides about a batch, and says whose session turned out to be an older one.
  mutating func offer(
    _ batch: IngestBatch, observer: any SettlementObserver
  ) -> (offer: Offer, superseded: Superseded?) {
    if let digest = held[batch.key]?.batch.digest {
      guard digest == batch.digest else { return (.sequenceReused, nil) }
      let superseded = held[batch.key]?.observers.add(observer, session: batch.session)
      return (.joined(depth), superseded)
    }
    guard !isClosed else { return (.closed, nil) }
    guard fits(batch.byteCount) else {
      refusedBytes = max(refusedBytes ?? 0, batch.byteCount)
      return (.full, nil)
    }
    held[batch.key] = HeldBatch(
      batch: batch, observers: BatchObservers(observer, session: batch.session))
    waiting.append(batch)
    depth = QueueDepth(batches: depth.batches + 1, bytes: depth.bytes + batch.byteCount)
    return (.accepted(depth), nil)
  }

  /// Takes the oldest waiting batches for one transaction. There must be one.
  mutating func takeGroup(_ limits: GroupLimits) -> [IngestBatch] {
    let group = waiting.takeGroup(limits)
    for batch in group { held[batch.key]?.isTaken = true }
    takenCount += group.count
    return group
  }

  /// Forgets a taken batch and returns those who wait for it.
  mutating func settle(_ batch: IngestBatch) -> BatchObservers {
    guard let entry = held.removeValue(forKey: batch.key), entry.batch === batch, entry.isTaken else {
      preconditionFailure("a batch is settled exactly once, by the writer that took it")
    }
    takenCount -= 1
    depth = QueueDepth(batches: depth.batches - 1, bytes: depth.bytes - batch.byteCount)
    return entry.observers
  }

  /// Those who wait for a batch of `group` that `producer` sent in a session older than `session`, each once.
  func observers(
    of producer: ProducerID, olderThan session: Int64, in group: [IngestBatch]
  ) -> [any SettlementObserver] {
    var found: [ObjectIdentifier: any SettlementObserver] = [:]
    for batch in group where batch.key.producer == producer {
      for observer in held[batch.key]?.observers.older(than: session) ?? [] {
        found[ObjectIdentifier(observer)] = observer
      }
    }
    return Array(found.values)
  }

  mutating func close() {
    isClosed = true
  }

  /// Whether those who were refused should try again, and if so, takes note that they were told.
  ///
  /// There is a gap between the mark where offers are refused and the one where they are asked for
  /// again, so that the two do not alternate with every batch: a quarter of the queue must be free,
  /// and also the room that the largest refused batch needs.
  mutating func takeRoom() -> Bool {
    guard let refusedBytes else { return true }
    let bytes = min(limits.bytes - limits.bytes / 4, limits.bytes - refusedBytes)
    let batches = limits.batches - max(1, limits.batches / 4)
    guard isEmpty || isClosed || (depth.bytes <= bytes && depth.batches <= batches) else { return false }
    self.refusedBytes = nil
    return true
  }

  /// A batch larger than the whole queue is let into an empty one: it would wait for ever otherwise.
  private func fits(_ bytes: Int) -> Bool {
    isEmpty || (depth.batches < limits.batches && depth.bytes + bytes <= limits.bytes)
  }
}
