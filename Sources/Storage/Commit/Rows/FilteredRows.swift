internal import Ingest

/// The rows of an attempt to commit a group, filtered by the dedup cache.
///
/// The value is the attempt: it begins with `init` and ends exactly once, because the value cannot be copied.
/// `end` ends it as committed. Otherwise it ends as abandoned when the value is destroyed, on every way out.
struct FilteredRows: ~Copyable {
  /// The attempt as the dedup cache knows it. A class, because the optimizer of Swift 6.3 releases fields of a
  /// struct with a `deinit` twice when the struct is consumed on several branches.
  private final class Attempt {
    let memory: DedupCache
    let keys: [KeyHash]
    let lookup: CacheLookup
    /// Keys that the dedup cache does not learn.
    var unlearned: Set<KeyHash> = []
    private let writer: Int
    private var hasEnded = false

    init(_ lookup: CacheLookup, of keys: [KeyHash], in memory: DedupCache, writer: Int) {
      self.memory = memory
      self.keys = keys
      self.lookup = lookup
      self.writer = writer
    }

    deinit { if !hasEnded { end(committed: nil) } }

    func end(committed purge: Int64?) {
      precondition(!hasEnded, "an attempt ends once")
      hasEnded = true
      memory.end(lookup, keys: keys, writer: writer, committed: purge, except: unlearned)
    }
  }

  /// The rows that are sent to the database, sorted.
  private(set) var rows: CopyRows
  private let attempt: Attempt
  private var lookup: CacheLookup { attempt.lookup }
  private var memory: DedupCache { attempt.memory }

  /// Creates the rows of `parts` without events whose keys are in `memory`.
  /// - Parameter awaitsOthers: Whether to leave out events that other writers are committing.
  init(
    _ parts: [CopyRows.Part], memory: DedupCache, writer: Int, incarnation: StoreIncarnation,
    awaitsOthers: Bool
  ) {
    var rows = CopyRows(parts: parts)
    let keys = rows.keyHashes(memory.hasher)
    let lookup = memory.begin(
      keys, writer: writer, incarnation: incarnation, awaitsOthers: awaitsOthers)
    rows.skip(lookup.decisions)
    rows.sort()
    assert(awaitsOthers || lookup.awaited.isEmpty, "an attempt that awaits no others counts on no others")
    self.rows = rows
    attempt = Attempt(lookup, of: keys, in: memory, writer: writer)
  }

  /// Whether events were left out because of groups of other writers whose outcome is not known yet.
  var countsOnOthers: Bool { !lookup.awaited.isEmpty }

  /// The purge generation that the transaction must read; nil when any is acceptable.
  var neededPurge: Int64? { lookup.leavesOut ? lookup.purge : nil }

  /// Whether the decisions of the dedup cache are still valid, because the cache was not cleared since.
  var isStillKnown: Bool { memory.holds(lookup) }

  /// Removes the rows that are stored already, by their indices, which ascend.
  /// - Parameter isLearned: Whether the dedup cache learns their keys when the group is committed.
  mutating func skip(stored numbers: [Int], isLearned: Bool) {
    let count = rows.count
    // Without a purge generation at its beginning, the attempt cannot know whether a key was deleted after the query that
    // found it.
    if !isLearned || lookup.purge == nil { attempt.unlearned = rows.keyHashes(memory.hasher, of: numbers) }
    rows.skip(rows: numbers)
    assert(rows.count == count - numbers.count, "every stored row is removed once")
  }

  /// Whether the decisions of the dedup cache are valid in the transaction that read the generation `purge`.
  func isConfirmed(purge: Int64) -> Bool {
    memory.confirms(lookup, purge: purge)
  }

  /// Waits until the groups whose keys were left out have ended.
  /// - Returns: Whether all groups committed, each within `limit`.
  func areAwaitedCommitted(within limit: Duration) -> Bool {
    lookup.awaited.allSatisfy { $0.isCommitted(within: limit) == true }
  }

  /// Ends the attempt after its COMMIT.
  /// - Parameter purge: Purge generation that the committed transaction read; nil when it claimed no batch.
  consuming func end(committed purge: Int64?) {
    attempt.end(committed: purge)
  }
}
