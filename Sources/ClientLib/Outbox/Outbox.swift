import WireProtocol

/// What a producer still has to keep, and what it has to send next: sequences, base, and every batch that
/// is not settled. Pure: no sockets, clocks or threads. Rules: `spec/wire-protocol.md`, sections 4.2 and 5.1.
///
/// Connections end, the outbox stays. One connection at a time is the current one; what it has sent
/// already lies below `cursor`.
struct Outbox: Sendable {
  /// How much may be kept.
  struct Capacity: Hashable, Sendable {
    /// Bytes of columns as kept, that is, mostly compressed. A single batch is always taken.
    var bytes: Int
    var batches: Int
  }

  /// One unsettled batch.
  struct Entry: Sendable {
    let parcel: Parcel
    let ticket: Ticket
    /// Sent under the present identity, so that a server's word about its sequence is about this batch.
    var wasSent = false
    var wasAccepted = false
    /// The server asked to wait until then.
    var notBefore: ContinuousClock.Instant?
    /// When its time to live is over; nil for never.
    var expiry: Expiry?
    /// The file of the spool that it stands in.
    var segment: UInt64 = 0
  }

  /// What the server of the current connection takes.
  struct Terms: Hashable, Sendable {
    var features: Features
    var batch: BatchLimits
    var span: UInt64
    /// Raw bytes that may be outstanding at most; a larger batch would wait for ever.
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
  /// Of the current connection; nil before the first.
  var terms: Terms?
  /// The database under which a commit was told last; nil when none was.
  var lineage: Lineage? {
    didSet {
      guard lineage != oldValue else { return }
      let state = spoolState
      spool?.note(state)
    }
  }
  /// Nil without a spool.
  var spool: SpoolLog?
  /// Batches up to here may be sent, and this base may be declared, as far as the spool is concerned.
  var keptThrough: UInt64 = .max
  var keptBase: UInt64 = 1

  var window = SequenceWindow<Entry>()
  /// Everything below it was sent on the current connection.
  var cursor: UInt64 = 1
  /// The session and the database of the last WELCOME under the present identity.
  var lastWelcome: (session: UInt64, lineage: Lineage)?
  /// Somebody else may use the present identity, so that what WELCOME lists as settled may be theirs.
  var mayHaveTwin = false
  /// Refused for the time being, to be sent again when their time has come.
  var deferred: [UInt64] = []
  /// Commits that were told above the base, and which of them before the last HELLO: the next WELCOME lists
  /// those, or the database lost them.
  var toldAboveBase: Set<UInt64> = []
  var toldBeforeHello: Set<UInt64> = []
  private(set) var heldBytes = 0
  /// Batches with a time to live.
  private(set) var expiring = 0

  /// An outbox without batches.
  init(producer: ProducerID, capacity: Capacity) {
    self.producer = producer
    self.capacity = capacity
  }

  /// The lowest sequence that may still be sent.
  var base: UInt64 { window.base }

  var isEmpty: Bool { window.isEmpty }

  /// Whether a batch of so many bytes can be kept. A single one always can.
  func hasRoom(for bytes: Int) -> Bool {
    isEmpty
      || window.count < capacity.batches && heldBytes + bytes <= capacity.bytes
        && spool?.hasRoom(for: bytes) ?? true
  }

  /// Takes a batch for which there is room.
  mutating func add(_ parcel: Parcel, _ ticket: Ticket, expiry: Expiry? = nil) {
    precondition(hasRoom(for: parcel.bytes.count), "a batch beyond the outbox's bounds")
    count(parcel, expiry, 1)
    keep(window.append(Entry(parcel: parcel, ticket: ticket, expiry: expiry)))
  }

  /// Takes over what an earlier process left, whatever the bounds are now.
  mutating func restore(_ earlier: SequenceWindow<Entry>) {
    window = earlier
    cursor = window.base
    for (_, entry) in window.all { count(entry.parcel, entry.expiry, 1) }
  }

  /// Takes a settled batch out; nil when it is gone already.
  mutating func remove(_ sequence: UInt64) -> Entry? {
    guard let entry = window.remove(sequence) else { return nil }
    count(entry.parcel, entry.expiry, -1)
    spool?.settle(sequence, in: entry.segment)
    return entry
  }

  /// Forgets everything that is not settled. A spool keeps it; returns what is left to be written there.
  mutating func removeAll() -> SpoolLog.Work? {
    let work = takeSpoolWork()
    spool = nil
    window = SequenceWindow(base: window.next)
    deferred = []
    (heldBytes, expiring) = (0, 0)
    return work
  }

  private mutating func count(_ parcel: Parcel, _ expiry: Expiry?, _ sign: Int) {
    heldBytes += sign * parcel.bytes.count
    if expiry != nil { expiring += sign }
    assert(heldBytes >= 0 && expiring >= 0)
  }

  /// What is not settled, in order.
  var unsettled: [UnsettledBatch] {
    window.all.map {
      UnsettledBatch(
        sequence: $0.sequence, events: $0.element.parcel.events, wasAccepted: $0.element.wasAccepted)
    }
  }

  /// The publishers of everything that is not settled, in order.
  var tickets: [Ticket] { window.all.map(\.element.ticket) }
}
