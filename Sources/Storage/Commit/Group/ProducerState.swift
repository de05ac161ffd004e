internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// Floors and sessions of a group's producers, from the locked rows of `producers`.
struct ProducerState {
  private struct Entry {
    let floor: Int64
    let session: Int64
  }

  private var entries: [ProducerID: Entry] = [:]

  /// Reads rows of producer, floor and session.
  init(rows: PostgresResult) {
    for row in 0..<rows.rowCount {
      guard let producer = rows.producer(row, 0), let floor = rows.integer(row, 1),
        let session = rows.integer(row, 2)
      else { continue }
      entries[producer] = Entry(floor: floor, session: session)
    }
  }

  /// Whether the ledger has the batch or can claim it: its producer is registered, and its row is not pruned.
  func isAboveFloor(_ key: BatchKey) -> Bool {
    guard let entry = entries[key.producer] else { return false }
    return key.sequenceNumber > entry.floor
  }

  /// The outcome of a batch that was not claimed; nil while its producer is not registered.
  func answer(to batch: IngestBatch, from ledger: [BatchKey: LedgerRow]) -> BatchOutcome? {
    if let row = ledger[batch.key.asStored] {
      return row.digest == batch.digest ? .replayed(row.counts) : .sequenceReused
    }
    guard let entry = entries[batch.key.producer], batch.key.sequenceNumber <= entry.floor else {
      return nil
    }
    return .countsUnknown
  }

  /// The registered session of each producer that is newer than the session of one of its batches. Batches
  /// that were registered in another incarnation are skipped, because session numbers of two incarnations
  /// cannot be compared.
  func newerSessions(than batches: [IngestBatch], of incarnation: StoreIncarnation) -> [ProducerID: Int64] {
    var newer: [ProducerID: Int64] = [:]
    for batch in batches where batch.session != 0 && batch.incarnation == incarnation {
      guard let entry = entries[batch.key.producer], entry.session > batch.session else { continue }
      newer[batch.key.producer] = entry.session
      assert(entry.session > 0, "a registered producer has a session")
    }
    return newer
  }
}

/// A row of `batches` that an earlier transaction wrote.
struct LedgerRow {
  let digest: UInt64
  let counts: BatchCounts

  /// Reads rows of producer, sequence, digest, unique_, duplicate and dead.
  static func read(_ rows: PostgresResult) -> [BatchKey: LedgerRow] {
    var ledger: [BatchKey: LedgerRow] = [:]
    for row in 0..<rows.rowCount {
      guard let producer = rows.producer(row, 0), let sequence = rows.integer(row, 1),
        let digest = rows.integer(row, 2), let unique = rows.integer(row, 3),
        let duplicate = rows.integer(row, 4), let dead = rows.integer(row, 5)
      else { continue }
      ledger[BatchKey(producer: producer, sequence: UInt64(bitPattern: sequence))] = LedgerRow(
        digest: UInt64(bitPattern: digest),
        counts: BatchCounts(
          unique: UInt32(clamping: unique), duplicate: UInt32(clamping: duplicate),
          dead: UInt32(clamping: dead)))
    }
    return ledger
  }
}

extension BatchKey {
  /// The key as a ledger row stores it; see `sequenceNumber`.
  var asStored: BatchKey {
    BatchKey(producer: producer, sequence: UInt64(bitPattern: sequenceNumber))
  }
}
