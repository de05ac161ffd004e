internal import PostgresClient

/// The batches that a transaction claimed in the ledger.
struct Claim {
  /// The `batch_id` of each claimed batch, ascending. A `batch_id` rises with the index of the batch in the
  /// group, so this is the order of the group.
  let batchIDs: [Int64]
  /// The purge generation that the claim read; nil when no batch was claimed, or when the claim met the tables
  /// of a restored dump.
  let purge: Int64?

  /// Reads rows of `batch_id` and purge generation.
  init(_ rows: PostgresResult) {
    batchIDs = (0..<rows.rowCount).compactMap { rows.integer($0, 0) }.sorted()
    purge = rows.rowCount > 0 ? rows.integer(0, 1) : nil
    assert(
      zip(batchIDs, batchIDs.dropFirst()).allSatisfy { $0 < $1 }, "the ledger numbers each batch once")
    assert(
      batchIDs.isEmpty || Self.group(of: batchIDs[0]) == Self.group(of: batchIDs[batchIDs.count - 1]),
      "one statement claims the batches of one group")
  }

  /// Returns the purge generation; nil when no batch was claimed.
  /// - Throws: A lost connection, when a restored dump replaced the tables below the connection. A commit would
  ///   raise the highest sequence of a producer, and hide from it which commits the dump does not have.
  func checkedPurge() throws(PostgresError) -> Int64? {
    guard purge != nil || batchIDs.isEmpty else {
      throw .lost("the tables of the database were replaced below the connection")
    }
    return purge
  }

  /// The claimed members of the group, in its order: the first batch with a key counts the event.
  func parts(of members: [GroupMember]) -> [CopyRows.Part] {
    batchIDs.map { id in
      let member = Int(id % Int64(GroupStatements.batchesInGroup))
      precondition(members.indices.contains(member), "the claim numbers the batches of this group")
      return CopyRows.Part(member: member, of: members[member])
    }
  }

  private static func group(of batchID: Int64) -> Int64 {
    batchID / Int64(GroupStatements.batchesInGroup)
  }
}
