import WireProtocol

/// The contents of the queue and their rules. Pure: no locks, threads or callbacks.
///
/// A batch is held under its key from its offer until it is settled, first as waiting, then as taken by a
/// writer. It never returns to waiting: a writer that fails to commit a batch keeps it and tries again.
struct QueueContents {
  private struct HeldBatch {
    let batch: IngestBatch
    var observers: BatchObservers
    var isTaken = false
  }

  private let limits: QueueLimits
  private var held: [BatchKey: HeldBatch] = [:]
  /// The unsettled batches of each producer.
  private var parts: [ProducerID: QueueDepth] = [:]
  private(set) var waiting = WaitingBatches()
  private(set) var depth = QueueDepth(batches: 0, bytes: 0)
  /// Events of the unsettled batches.
  private(set) var eventCount = 0
  private(set) var takenCount = 0
  /// Number of settled batches.
  private(set) var settledCount = 0
  private(set) var isClosed = false
  /// Raw bytes of the largest batch that was refused since there was last room; nil when none was refused.
  private var refusedBytes: Int?

  init(limits: QueueLimits) {
    self.limits = limits
  }

  /// Whether all accepted batches are settled.
  var isEmpty: Bool { held.isEmpty }

  /// Whether a waiting producer awaits an answer while no writer is busy. Waiting for more batches would only
  /// delay the answer, because the producers that await answers send nothing meanwhile.
  var waitIsPointless: Bool { takenCount == 0 && waiting.awaited > 0 }

  /// Whether a batch waits that a writer of this share takes.
  func hasWork(for share: WriterShare) -> Bool {
    share == .all ? !waiting.isEmpty : waiting.hasLightBesideHeavy
  }

  /// Acceptance time of the oldest unsettled batch; nil when all are settled. Takes time linear in all
  /// batches.
  var oldest: ContinuousClock.Instant? { held.values.lazy.map(\.batch.acceptedAt).min() }

  /// Returns the unsettled batches of those `producers` that have any. Takes time linear in all batches.
  func unsettled(of producers: Set<ProducerID>) -> [ProducerID: QueueDepth] {
    held.values.reduce(into: [:]) { depths, entry in
      let producer = entry.batch.key.producer
      guard producers.contains(producer) else { return }
      let depth = depths[producer] ?? QueueDepth(batches: 0, bytes: 0)
      depths[producer] = QueueDepth(
        batches: depth.batches + 1, bytes: depth.bytes + entry.batch.byteCount)
    }
  }

  /// Decides about a batch. `superseded` is the observer of an older session of the same producer, if any.
  mutating func offer(
    _ batch: IngestBatch, observer: any SettlementObserver
  ) -> (offer: Offer, superseded: Superseded?) {
    if let digest = held[batch.key]?.batch.digest {
      guard digest == batch.digest else { return (.sequenceReused, nil) }
      let superseded = held[batch.key]?.observers.add(
        observer, session: batch.session, incarnation: batch.incarnation)
      return (.joined(depth), superseded)
    }
    guard !isClosed else { return (.closed, nil) }
    guard hasShare(batch.byteCount, of: batch.key.producer) else { return (.full, nil) }
    guard fits(batch.byteCount) else {
      refusedBytes = max(refusedBytes ?? 0, batch.byteCount)
      return (.full, nil)
    }
    held[batch.key] = HeldBatch(
      batch: batch,
      observers: BatchObservers(observer, session: batch.session, incarnation: batch.incarnation))
    depth = depth.adding(batches: 1, bytes: batch.byteCount)
    eventCount += batch.received
    let part = (parts[batch.key.producer] ?? .empty).adding(batches: 1, bytes: batch.byteCount)
    parts[batch.key.producer] = part
    waiting.append(batch, unsettledBytes: part.bytes)
    assertConsistency()
    return (.accepted(depth), nil)
  }

  /// Whether a producer may have `bytes` more raw bytes in the queue. While several producers have batches,
  /// each is limited to the free part of the queue. So `n` producers that send without end have equal parts
  /// and leave as much free for another one (dynamic thresholds, https://doi.org/10.1109/90.664262). One
  /// batch is always allowed.
  func hasShare(_ bytes: Int, of producer: ProducerID) -> Bool {
    guard !isClosed, parts.count > 1, let part = parts[producer] else { return true }
    return part.bytes + bytes <= limits.bytes - depth.bytes && part.batches < limits.batches - depth.batches
  }

  /// Takes waiting batches for one transaction. At least one that `share` allows must wait.
  mutating func takeGroup(_ limits: GroupLimits, of share: WriterShare = .all) -> [IngestBatch] {
    let group = share == .all ? waiting.takeGroup(limits) : waiting.takeLightGroup(limits)
    for batch in group { held[batch.key]?.isTaken = true }
    takenCount += group.count
    return group
  }

  /// Removes a taken batch and returns its observers.
  mutating func settle(_ batch: IngestBatch) -> BatchObservers {
    guard let entry = held.removeValue(forKey: batch.key), entry.batch === batch, entry.isTaken else {
      preconditionFailure("a batch must be settled exactly once, by the writer that took it")
    }
    takenCount -= 1
    settledCount += 1
    depth = depth.adding(batches: -1, bytes: -batch.byteCount)
    eventCount -= batch.received
    let part = (parts[batch.key.producer] ?? .empty).adding(batches: -1, bytes: -batch.byteCount)
    parts[batch.key.producer] = part.batches == 0 ? nil : part
    if part.batches == 0 { waiting.settledAll(of: batch.key.producer) }
    assertConsistency()
    return entry.observers
  }

  /// Removes a taken batch if none of its observers was registered by `incarnation`.
  /// - Returns: its observers; nil when the batch stays.
  mutating func discard(_ batch: IngestBatch, unlessOf incarnation: StoreIncarnation) -> BatchObservers? {
    guard let entry = held[batch.key], !entry.observers.include(incarnation) else { return nil }
    return settle(batch)
  }

  /// Returns each observer of a batch of `group` that `producer` sent in a session before `session`, once.
  /// Both sessions were given by `incarnation`.
  func observers(
    of producer: ProducerID, olderThan session: Int64, of incarnation: StoreIncarnation,
    in group: [IngestBatch]
  ) -> [any SettlementObserver] {
    var found: [ObjectIdentifier: any SettlementObserver] = [:]
    for batch in group where batch.key.producer == producer {
      for observer in held[batch.key]?.observers.older(than: session, of: incarnation) ?? [] {
        found[ObjectIdentifier(observer)] = observer
      }
    }
    return Array(found.values)
  }

  mutating func close() {
    isClosed = true
  }

  /// Whether refused offers should be repeated. If so, the refusals are forgotten, because their senders are
  /// called.
  ///
  /// Offers are refused when the queue is full, and repeated only when a quarter of it and the room for the
  /// largest refused batch are free. Without this gap, refusing and repeating would alternate with every
  /// batch.
  mutating func takeRoom() -> Bool {
    guard let refusedBytes else { return true }
    let bytes = min(limits.bytes - limits.bytes / 4, limits.bytes - refusedBytes)
    let batches = limits.batches - max(1, limits.batches / 4)
    guard isEmpty || isClosed || (depth.bytes <= bytes && depth.batches <= batches) else { return false }
    self.refusedBytes = nil
    return true
  }

  private func assertConsistency() {
    assert(depth.batches == held.count, "the depth must count each held batch")
    assert(
      parts.values.reduce(.empty) { $0.adding(batches: $1.batches, bytes: $1.bytes) } == depth,
      "the depth must be the sum of the producers' parts")
    assert(waiting.count + takenCount == held.count, "a held batch either waits or is taken")
    assert(eventCount >= 0 && (!held.isEmpty || eventCount == 0), "only held batches have events")
  }

  /// Whether the queue has room. A batch above the whole limit is accepted when the queue is empty, because
  /// otherwise it would wait for ever.
  private func fits(_ bytes: Int) -> Bool {
    isEmpty || (depth.batches < limits.batches && depth.bytes + bytes <= limits.bytes)
  }
}

/// The result of offering a batch to the queue.
public enum Offer: Hashable, Sendable {
  /// The batch waits for a writer; its observer will be called with the outcome.
  case accepted(QueueDepth)
  /// The queue already holds the same batch; both observers will be called.
  case joined(QueueDepth)
  /// There is no room. Stop reading, and offer the batch again when `whenSpace` calls back.
  case full
  /// The queue holds a batch of the same sequence with other bytes.
  case sequenceReused
  /// The queue is closed, because the server is draining.
  case closed
}

/// The batches that a writer takes.
public enum WriterShare: Hashable, Sendable {
  /// Any batches.
  case all
  /// Batches of light producers, while the other writers are busy with a heavy one. A producer is heavy while it
  /// has more than 64 KiB in the queue.
  case light
}
