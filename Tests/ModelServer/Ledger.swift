import Synchronization
public import WireProtocol

/// A model of the store in memory: the settled batches of each producer, and the stored keys. It is simple
/// enough to be checked by reading.
public struct Ledger: Sendable {
  /// Result of a registration.
  public struct Registration: Sendable {
    /// Number of the session.
    public let session: UInt64
    /// Sequence at or below which everything is settled.
    public let floor: UInt64
    /// Highest known sequence, at least `floor`.
    public let highest: UInt64
    /// Settled sequences from the base on, ascending.
    public let settled: [UInt64]
  }

  private struct Row: Sendable {
    let digest: UInt64
    let counts: BatchCounts
  }

  private struct Producer: Sendable {
    var session: UInt64 = 0
    var floor: UInt64 = 0
    var rows: [UInt64: Row] = [:]
  }

  private var producers: [ProducerID: Producer] = [:]
  /// Identity of the database.
  public var lineage = Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1))
  /// The keys of stored events: topic, a zero byte, event id.
  public private(set) var keys: Set<[UInt8]> = []
  /// Events of committed batches.
  public private(set) var received = 0
  /// Events whose key existed.
  public private(set) var duplicates = 0

  /// An empty ledger.
  public init() {}

  /// Number of batches in the ledger, over all producers.
  public var batches: Int { producers.values.reduce(0) { $0 + $1.rows.count } }

  /// Number of registered producers.
  public var producerCount: Int { producers.count }

  /// Registered producers.
  public var identities: [ProducerID] { Array(producers.keys) }

  /// Registers a producer.
  public mutating func register(_ producer: ProducerID, base: UInt64, span: UInt32) throws(WireError)
    -> Registration
  {
    var row = producers[producer] ?? Producer()
    guard base > row.floor else {
      throw WireError(.producerStale, "base \(base) is not above the floor \(row.floor)")
    }
    row.session += 1
    producers[producer] = row
    let settled = row.rows.keys.filter { $0 >= base && $0 - base < UInt64(span) }
    return Registration(
      session: row.session, floor: row.floor, highest: max(row.floor, row.rows.keys.max() ?? 0),
      settled: settled.sorted())
  }

  /// Commits a batch, or answers from the ledger.
  public mutating func commit(
    _ producer: ProducerID, _ sequence: UInt64, _ columns: EventColumns
  ) throws(WireError) -> CommittedBatch {
    let row = producers[producer] ?? Producer()
    guard sequence > row.floor else { return CommittedBatch(sequence: sequence, counts: nil, isReplay: true) }
    let digest = Digest64.digest(of: columns.bytes.span.bytes)
    if let known = row.rows[sequence] {
      guard known.digest == digest else {
        throw WireError(.sequenceReused, "sequence \(sequence) was used for other columns")
      }
      return CommittedBatch(sequence: sequence, counts: known.counts, isReplay: true)
    }
    let counts = store(columns)
    producers[producer, default: Producer()].rows[sequence] = Row(digest: digest, counts: counts)
    return CommittedBatch(sequence: sequence, counts: counts, isReplay: false)
  }

  /// Forgets the rows of batches below `base`, as the pruning of old ones does.
  public mutating func prune(_ producer: ProducerID, below base: UInt64) {
    guard var row = producers[producer], base > row.floor + 1 else { return }
    row.floor = base - 1
    row.rows = row.rows.filter { $0.key >= base }
    producers[producer] = row
  }

  private mutating func store(_ columns: EventColumns) -> BatchCounts {
    var unique: UInt32 = 0
    for key in columns.keys where keys.insert(key).inserted { unique += 1 }
    received += columns.count
    duplicates += columns.count - Int(unique)
    return BatchCounts(unique: unique, duplicate: UInt32(columns.count) - unique, dead: 0)
  }
}

extension EventColumns {
  /// The key of each event: topic, a zero byte, event id.
  var keys: [[UInt8]] {
    let bytes = bytes.span.bytes
    let topics = topicRanges()
    var cursor = makeCursor()
    var keys: [[UInt8]] = []
    while let event = cursor.next(in: bytes) {
      keys.append(Array(self.bytes[topics[event.topic]]) + [0] + Array(self.bytes[event.id]))
    }
    return keys
  }
}

/// A ledger that several servers share, as several servers share a database.
public final class SharedLedger: Sendable {
  private let state = Mutex(Ledger())

  /// An empty ledger.
  public init() {}

  /// Runs `body` with the ledger locked.
  public func withLedger<Result: Sendable, Failure: Error>(
    _ body: (inout sending Ledger) throws(Failure) -> sending Result
  ) throws(Failure) -> Result {
    try state.withLock(body)
  }
}
