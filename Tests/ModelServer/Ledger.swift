import Synchronization
public import WireProtocol

/// A model of the store: what is settled, for which producer, and which keys exist. Nothing but memory, and
/// simple enough to be seen to be right.
public struct Ledger: Sendable {
  /// What a registration answers.
  public struct Registration: Sendable {
    /// The number of the session.
    public let session: UInt64
    /// Everything at or below it is settled.
    public let floor: UInt64
    /// What is settled above the base, ascending.
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
  /// Which database this is.
  public var lineage = Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1))
  /// The keys of stored events: topic, a zero byte, event id.
  public private(set) var keys: Set<[UInt8]> = []
  /// Events of committed batches.
  public private(set) var received = 0
  /// Events whose key existed.
  public private(set) var duplicates = 0

  /// An empty ledger.
  public init() {}

  /// How many batches are in the ledger, over all producers.
  public var batches: Int { producers.values.reduce(0) { $0 + $1.rows.count } }

  /// How many producers registered.
  public var producerCount: Int { producers.count }

  /// The producers that registered.
  public var identities: [ProducerID] { Array(producers.keys) }

  /// A producer says hello.
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
    return Registration(session: row.session, floor: row.floor, settled: settled.sorted())
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

  /// Looks at the ledger, or changes it.
  public func withLedger<Result: Sendable, Failure: Error>(
    _ body: (inout sending Ledger) throws(Failure) -> sending Result
  ) throws(Failure) -> Result {
    try state.withLock(body)
  }
}
