public import Ingest

/// What a writer does with the events of a group before the database gets them, step by step:
/// `GroupTransaction` without the database.
public struct GroupStages: ~Copyable {
  private var encoder = CopyEncoder(payloadType: .json)
  private let memory: RecentKeys

  /// A writer that remembers so many keys.
  public init(recentKeys: Int = 1 << 20) {
    memory = RecentKeys(capacity: recentKeys)
  }

  /// The rows of a group, of which each stage gets a copy to work on.
  public struct Rows {
    var rows: CopyRows
    var keys: [KeyHash] = []

    /// All living events of `batches`, in their order.
    public init(_ batches: [IngestBatch]) {
      rows = CopyRows(
        parts: batches.enumerated().map { CopyRows.Part(member: $0, of: GroupMember($1)) })
    }

    /// How many there are.
    public var count: Int { rows.count }

    /// The same in the order of their keys, each key once.
    public func sorted() -> Rows {
      var sorted = self
      sorted.rows.sort()
      return sorted
    }
  }

  /// The same rows with the hashes of their keys.
  public func hashed(_ group: Rows) -> Rows {
    var hashed = group
    hashed.keys = group.rows.keyHashes(memory.hasher)
    return hashed
  }

  /// Asks the memory about the rows of a group, whose keys are hashed, and has it remember the new ones.
  /// - Returns: How many it did not know.
  public func screen(_ group: Rows) -> Int {
    let screening = memory.begin(group.keys, writer: 0, awaitsOthers: true)
    var rows = group.rows
    rows.leaveOut(screening.verdicts)
    _ = memory.confirms(screening, purge: 0)
    memory.end(screening, keys: group.keys, writer: 0, committed: 0)
    return rows.count
  }

  /// Encodes rows for COPY.
  /// - Returns: The number of bytes.
  public mutating func encode(_ group: Rows) -> Int {
    var count = 0
    let batchIDs = Array(repeating: Int64(1), count: group.rows.parts.count)
    group.rows.encode(with: &encoder, batchIDs: batchIDs) { count += $0.count }
    return count
  }
}
