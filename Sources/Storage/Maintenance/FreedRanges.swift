internal import Synchronization

/// Block ranges from which retention deleted rows, until they are vacuumed and summarised again.
///
/// The thread that deletes and the thread that vacuums share this object. It is lost with the process, which
/// costs time and not correctness: the summary of a lost range stays too wide until rows of the range are
/// deleted again.
final class FreedRanges: Sendable {
  /// Ranges and rows that were deleted from one table.
  struct Freed: Hashable, Sendable {
    /// Numbers of block ranges of `BlockSummaries.rangeBlocks` blocks each.
    var ranges: Set<Int64> = []
    /// Number of rows that were deleted.
    var rows = 0
  }

  /// Most ranges that are remembered for a table, which are 256 GiB. Later ranges are not noted.
  static let mostRanges = 1 << 18

  private let tables = Mutex<[String: Freed]>([:])

  /// Notes that `rows` rows were deleted from `ranges` of `table`.
  func add(_ ranges: some Sequence<Int64>, rows: Int, of table: String) {
    tables.withLock { tables in
      var freed = tables[table] ?? Freed()
      for range in ranges where freed.ranges.count < Self.mostRanges { freed.ranges.insert(range) }
      precondition(rows >= 0, "a number of rows")
      freed.rows += rows
      assert(freed.ranges.count <= Self.mostRanges, "the ranges of a table are bounded")
      tables[table] = freed
    }
  }

  /// Returns the number of rows that were deleted from `table` and not vacuumed since.
  func rows(of table: String) -> Int {
    tables.withLock { $0[table]?.rows ?? 0 }
  }

  /// Whether ranges of `table` must be summarised again.
  func hasRanges(of table: String) -> Bool {
    tables.withLock { !($0[table]?.ranges.isEmpty ?? true) }
  }

  /// Removes and returns all that is noted of `table`, for a vacuum. It is noted again unless the vacuum
  /// succeeds.
  func take(of table: String) -> TakenRanges {
    TakenRanges(tables.withLock { $0.removeValue(forKey: table) } ?? Freed(), of: table, from: self)
  }
}

/// The freed ranges of a table while it is vacuumed. They end exactly once, because the value cannot be copied:
/// `finish` ends them, or else they are noted again when the value is destroyed, on every way out.
struct TakenRanges: ~Copyable {
  /// The ranges and rows.
  let freed: FreedRanges.Freed
  private let note: Note

  /// Notes the ranges again when it is released before `finish`. A class, because the optimizer of Swift 6.3 may
  /// release the fields of a struct with a `deinit` twice.
  private final class Note {
    private let freed: FreedRanges.Freed
    private let table: String
    private let source: FreedRanges
    private var isFinished = false

    init(_ freed: FreedRanges.Freed, of table: String, in source: FreedRanges) {
      self.freed = freed
      self.table = table
      self.source = source
    }

    deinit {
      if !isFinished { source.add(freed.ranges, rows: freed.rows, of: table) }
    }

    func finish() {
      precondition(!isFinished, "taken ranges end once")
      isFinished = true
    }
  }

  fileprivate init(_ freed: FreedRanges.Freed, of table: String, from source: FreedRanges) {
    self.freed = freed
    note = Note(freed, of: table, in: source)
  }

  /// Ends the ranges after a vacuum that removed their rows.
  consuming func finish() {
    note.finish()
  }
}
