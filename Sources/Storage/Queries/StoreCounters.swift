internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import Synchronization

/// The rows of `counters` as far as this process knows them, so that their sums are known without a statement.
///
/// A row only changes by transactions that lock it, one after the other. Each transaction of a writer returns the row as
/// it leaves it, with what other servers added before. So the sums always have what this process committed, and they have
/// what other servers committed before the last reading of the table.
public final class StoreCounters: Sendable {
  private struct State {
    /// The database to which the rows belong.
    var incarnation = StoreIncarnation(0)
    var rows: [Int: Row] = [:]
    /// The last reading of the whole table; nil when there is none, or when it may lack a commit of this process.
    var reading: Reading?
    /// Number of rows that writers returned, and of expiries.
    var notes = 0
    /// The number of notes up to the last expiry. A reading that began earlier is not enough.
    var expiry = 0
  }

  private struct Row {
    var totals: StoreTotals
    /// Number of rows that writers had returned, with this one; 0 for a row that was read.
    var note = 0
  }

  private struct Reading {
    /// Time of the database.
    let time: Int64
    let at: ContinuousClock.Instant
  }

  /// The state before the table is read.
  struct Mark: Hashable, Sendable {
    fileprivate let notes: Int
    fileprivate let incarnation: StoreIncarnation
  }

  private let state = Mutex(State())

  /// Creates counters of which nothing is known.
  public init() {}

  /// Takes the row that a transaction left, after its commit. Nothing else is known of a database that is new.
  func note(_ totals: StoreTotals, shard: Int, by incarnation: StoreIncarnation) {
    state.withLock { state in
      if incarnation > state.incarnation {
        state = State(incarnation: incarnation, notes: state.notes, expiry: state.expiry)
      }
      guard incarnation == state.incarnation else { return }
      state.notes += 1
      let known = state.rows[shard]?.totals
      // Writers may note their rows in another order than they committed.
      state.rows[shard] = Row(totals: known.map { $0.later(totals) } ?? totals, note: state.notes)
    }
  }

  /// Forgets the last reading, because a transaction of this process was committed whose row is not known.
  func expire() {
    state.withLock { state in
      state.notes += 1
      state.expiry = state.notes
      state.reading = nil
    }
  }

  /// Returns the mark that a reading of the table needs.
  func beginReading() -> Mark {
    state.withLock { Mark(notes: $0.notes, incarnation: $0.incarnation) }
  }

  /// Takes the rows of a reading that began after `mark`.
  /// - Parameter time: The time of the database, in microseconds since 1970.
  func read(_ rows: [Int: StoreTotals], asOf time: Int64, since mark: Mark, at now: ContinuousClock.Instant) {
    state.withLock { state in
      guard mark.incarnation == state.incarnation else { return }
      for (shard, totals) in rows {
        let noted = state.rows[shard].flatMap { $0.note > mark.notes ? $0 : nil }
        // A row that was not returned since is as it was read, even if it is less: the database may have been restored.
        state.rows[shard] = Row(totals: noted?.totals.later(totals) ?? totals, note: noted?.note ?? 0)
      }
      for shard in state.rows.keys where rows[shard] == nil { state.rows[shard] = nil }
      if mark.notes >= state.expiry { state.reading = Reading(time: time, at: now) }
    }
  }

  /// Returns the sums, if the last reading is not older than `age`.
  func sums(notOlderThan age: Duration, at now: ContinuousClock.Instant) -> RecentTotals? {
    state.withLock { state in
      guard let reading = state.reading, reading.at.duration(to: now) <= age else { return nil }
      let sum = state.rows.values.reduce(StoreTotals.zero) { $0 + $1.totals }
      return RecentTotals(totals: sum, readAt: reading.time)
    }
  }
}

extension StoreTotals {
  static let zero = StoreTotals(received: 0, unique: 0, duplicate: 0, dead: 0, conflicts: 0)

  static func + (one: StoreTotals, other: StoreTotals) -> StoreTotals {
    StoreTotals(
      received: one.received + other.received, unique: one.unique + other.unique,
      duplicate: one.duplicate + other.duplicate, dead: one.dead + other.dead,
      conflicts: one.conflicts + other.conflicts)
  }

  /// Returns the later of two states of a row. Each transaction that changes these sums adds to the received events.
  fileprivate func later(_ other: StoreTotals) -> StoreTotals { other.received >= received ? other : self }
}

extension PostgresResult {
  /// The sums of row `row`, in five columns from `first` on.
  func totals(_ row: Int, from first: Int) -> StoreTotals {
    func number(_ column: Int) -> Int64 { integer(row, first + column) ?? 0 }
    return StoreTotals(
      received: number(0), unique: number(1), duplicate: number(2), dead: number(3), conflicts: number(4))
  }
}
