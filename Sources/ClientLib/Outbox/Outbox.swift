import WireProtocol

/// The unsettled batches of a producer, with their sequences, and the order in which they are sent. Pure: no
/// sockets, clocks or threads. Rules: `spec/wire-protocol.md`, sections 4.2 and 5.1.
///
/// The outbox outlives connections. One connection at a time is the current one; every sequence below
/// `cursor` was sent on it or is settled.
struct Outbox: Sendable {
  /// Bounds of the outbox. At a bound `hasRoom` is false, and `Producer.Configuration.WhenFull` decides.
  struct Capacity: Hashable, Sendable {
    /// Bytes of columns as they are kept, mostly compressed. A single batch always has room.
    var bytes: Int
    var batches: Int
  }

  /// One unsettled batch.
  struct Entry: Sendable {
    let encoded: EncodedBatch
    let promise: BatchPromise
    /// Whether this process sent the batch under the present identity. Then a server's answer for its
    /// sequence is about this batch.
    var wasSent = false
    var wasAccepted = false
    /// Whether the last WELCOME lists the batch as settled. The batch is sent again because the answer has
    /// its counts.
    var isListed = false
    /// Number of times that the batch was sent although a WELCOME listed it.
    var askedAgain = 0
    /// When the server allows the batch to be sent again; nil when it may be sent now.
    var notBefore: ContinuousClock.Instant?
    /// When its time to live is over; nil for never.
    var expiry: Expiry?
    /// Number of the spool's file that has the batch; 0 without a spool.
    var segment: UInt64 = 0
  }

  /// Features and limits of the current connection's server.
  struct Terms: Hashable, Sendable {
    var features: Features
    var batch: BatchLimits
    /// Sequences from the base on that may be sent.
    var span: UInt64
    /// Bytes of columns that may be unanswered at most. A larger batch would wait for ever.
    var creditBytes: UInt64

    init(_ welcome: Welcome) {
      features = welcome.features
      batch = welcome.limits.batch
      span = UInt64(welcome.limits.span)
      creditBytes = welcome.credit.bytes
    }
  }

  let capacity: Capacity
  /// The present identity.
  var producer: ProducerID
  /// Terms of the last WELCOME; nil before the first connection.
  var terms: Terms?
  var history = CommitHistory()
  /// Nil without a spool, and after `removeAll`.
  var spool: SpoolLog?
  /// The spool has every batch up to this sequence, so they may be sent. `UInt64.max` without a spool.
  var spooledThrough: UInt64 = .max
  /// The spool has the settlement of every batch below this sequence.
  var spooledBase: UInt64 = 1
  var window = SequenceWindow<Entry>()
  /// The lowest sequence that the current connection has not sent.
  var cursor: UInt64 = 1
  /// Sequences that a server refused for the time being.
  var deferred: [UInt64] = []
  private(set) var heldBytes = 0
  /// Batches with a time to live.
  private var expiring = 0

  /// An empty outbox.
  init(producer: ProducerID, capacity: Capacity) {
    self.producer = producer
    self.capacity = capacity
  }

  /// The lowest sequence that may still be sent.
  var base: UInt64 { window.base }

  var isEmpty: Bool { window.isEmpty }

  /// Unsettled batches in the order of their sequences.
  var unsettled: [UnsettledBatch] {
    window.all.map {
      UnsettledBatch(
        sequence: $0.sequence, events: $0.element.encoded.events, wasAccepted: $0.element.wasAccepted)
    }
  }

  /// Promises of the unsettled batches in the order of their sequences.
  var promises: [BatchPromise] { window.all.map(\.element.promise) }

  /// Whether a batch of `bytes` bytes can be taken. An empty outbox takes any batch, unless the spool's disk
  /// is full.
  func hasRoom(for bytes: Int) -> Bool {
    if isDiskFull { return false }
    return isEmpty
      || window.count < capacity.batches && heldBytes + bytes <= capacity.bytes
        && spool?.hasRoom(for: bytes) ?? true
  }

  /// Takes a batch. `hasRoom` must be true for it.
  mutating func add(_ encoded: EncodedBatch, _ promise: BatchPromise, expiry: Expiry? = nil) {
    precondition(hasRoom(for: encoded.bytes.count), "a batch beyond the outbox's bounds")
    count(encoded, expiry, 1)
    assert(base <= cursor && cursor <= window.next, "the cursor is outside of the window")
    spoolBatch(window.append(Entry(encoded: encoded, promise: promise, expiry: expiry)))
  }

  /// Takes the batches of an earlier process, also beyond the present bounds.
  mutating func restore(_ earlier: SequenceWindow<Entry>) {
    precondition(isEmpty, "batches were restored over others")
    window = earlier
    cursor = window.base
    for (_, entry) in window.all { count(entry.encoded, entry.expiry, 1) }
  }

  /// Removes a batch that is settled or given up; nil when the outbox no longer has it.
  mutating func remove(_ sequence: UInt64) -> Entry? {
    guard let entry = window.remove(sequence) else { return nil }
    cursor = max(cursor, base)
    assert(cursor <= window.next, "the cursor is outside of the window")
    count(entry.encoded, entry.expiry, -1)
    spool?.settle(sequence, in: entry.segment, highestCommitted: history.highestCommitted)
    return entry
  }

  /// Removes a batch that a database acknowledged as committed; nil when the outbox no longer has it.
  mutating func removeCommitted(_ sequence: UInt64) -> Entry? {
    guard window[sequence] != nil else { return nil }
    history.committed(sequence)
    return remove(sequence)
  }

  /// Removes a batch that the last WELCOME lists as settled; nil when it does not list the batch. The counts
  /// stay unknown.
  mutating func settleListed(_ sequence: UInt64) -> Settlement? {
    guard window[sequence]?.isListed == true, let entry = removeCommitted(sequence) else { return nil }
    setLineage(history.lastWelcome?.lineage)
    deferred.removeAll { $0 == sequence }
    return Settlement(
      promise: entry.promise,
      outcome: .success(Counts(nil, received: entry.encoded.events, isReplay: true)))
  }

  /// Removes the batches that the last WELCOME lists as settled. Their counts stay unknown.
  mutating func removeListed() -> [Settlement] {
    window.all.filter(\.element.isListed).compactMap { settleListed($0.sequence) }
  }

  /// Removes all batches. A spool keeps them; returns the last work of its writer.
  mutating func removeAll() -> SpoolLog.Work? {
    let work = takeSpoolWork(isRetry: true)
    spool = nil
    window = SequenceWindow(base: window.next)
    cursor = base
    deferred = []
    (heldBytes, expiring) = (0, 0)
    return work
  }

  /// Records the database that acknowledged the last commit, and writes a change to the spool.
  mutating func setLineage(_ lineage: Lineage?) {
    guard let lineage, lineage != history.lineage else { return }
    history.lineage = lineage
    writeState()
  }

  private mutating func count(_ encoded: EncodedBatch, _ expiry: Expiry?, _ sign: Int) {
    heldBytes += sign * encoded.bytes.count
    if expiry != nil { expiring += sign }
    assert(heldBytes >= 0 && expiring >= 0)
  }
}

// Giving batches up.

extension Outbox {
  /// Gives up the oldest batch to make room for a batch of `bytes` bytes; nil when the outbox is empty.
  ///
  /// Its sequence is never used again, and the base rises over it. A batch that was sent on the current
  /// connection may be committed already, so it is given up last. On a full disk the oldest batch is given
  /// up, because it holds the oldest file.
  mutating func dropOldest(for bytes: Int) -> Settlement? {
    let isDiskFull = spool.map { !$0.hasRoom(for: bytes) } ?? false
    let waiting = isDiskFull ? nil : window.first(from: terms == nil ? base : cursor)
    guard let victim = waiting ?? window.first(from: base) else { return nil }
    return giveUp(victim) { entry in
      ProducerError(
        .dropped,
        "batch \(victim) of \(entry.encoded.events) events was dropped to make room for newer ones; "
          + entry.advice)
    }
  }

  /// Gives up the batches whose time to live is over and that were never sent.
  mutating func dropExpired(_ now: ContinuousClock.Instant) -> [Settlement] {
    guard expiring > 0 else { return [] }
    let expired = window.all.filter { !$0.element.wasSent && $0.element.isOver(now) }
    return expired.compactMap { expire($0.sequence) }
  }

  /// Gives up a batch whose time to live is over.
  mutating func expire(_ sequence: UInt64) -> Settlement? {
    giveUp(sequence) { entry in
      ProducerError(
        .batchExpired,
        "the time to live of batch \(sequence) of \(entry.encoded.events) events was over before a server "
          + "accepted it; \(entry.advice)")
    }
  }

  /// Gives up the batches in the oldest file of the spool, so that the file can be deleted. Does nothing
  /// when the disk has no newer file.
  mutating func dropOldestFile() -> [Settlement] {
    guard let segment = spool?.oldestToFree else { return [] }
    return window.all.filter { $0.element.segment == segment }.compactMap { victim in
      giveUp(victim.sequence) { entry in
        ProducerError(
          .dropped,
          "batch \(victim.sequence) of \(entry.encoded.events) events was dropped because the disk of the "
            + "spool is full; \(entry.advice)")
      }
    }
  }

  /// Gives up the batches that the spool does not have because its disk is full.
  mutating func dropUnwritten() -> [Settlement] {
    window.all.filter { $0.sequence > spooledThrough }.compactMap { victim in
      giveUp(victim.sequence) { entry in
        ProducerError(
          .outboxFull,
          "the disk of the spool has no space for a batch of \(entry.encoded.events) events; "
            + "make space, and publish it again",
          isRetryable: true)
      }
    }
  }

  private mutating func giveUp(_ sequence: UInt64, because: (Entry) -> ProducerError) -> Settlement? {
    if let settlement = settleListed(sequence) { return settlement }
    deferred.removeAll { $0 == sequence }
    return remove(sequence).map { Settlement(promise: $0.promise, outcome: .failure(because($0))) }
  }
}

extension Outbox.Entry {
  /// Whether its time to live is over.
  func isOver(_ now: ContinuousClock.Instant) -> Bool { expiry.map { $0.left(now) == nil } ?? false }

  /// Advice to the publisher of a batch that is given up.
  fileprivate var advice: String {
    wasSent ? "it was sent, so a server may store it anyway" : "publish it again if it is still wanted"
  }
}
