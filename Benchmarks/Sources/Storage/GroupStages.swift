public import Ingest
internal import StoreInterface

/// The steps of a writer before the database gets the events of a group: `GroupTransaction` without the
/// database.
public struct GroupStages: ~Copyable {
  private var encoder = CopyEncoder(payloadType: .json)
  private let memory: DedupCache

  /// A writer whose dedup cache holds this many keys.
  public init(recentKeys: Int = 1 << 20) {
    memory = DedupCache(capacity: recentKeys)
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

    /// The number of rows.
    public var count: Int { rows.count }

    /// The same rows sorted by key, each key once.
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

  /// Looks the hashed keys of a group up in the dedup cache, and adds the new keys.
  /// - Returns: The number of keys that were not in the cache.
  public func filter(_ group: Rows) -> Int {
    let lookup = memory.begin(group.keys, writer: 0, incarnation: StoreIncarnation(1), awaitsOthers: true)
    var rows = group.rows
    rows.skip(lookup.decisions)
    _ = memory.confirms(lookup, purge: 0)
    memory.end(lookup, keys: group.keys, writer: 0, committed: 0)
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
