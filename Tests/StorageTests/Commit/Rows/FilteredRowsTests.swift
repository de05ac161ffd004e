import Ingest
import Testing

@testable import Storage

@Suite struct FilteredRowsTests {
  private let incarnation = StoreIncarnation(1)

  private func filtered(_ events: [TestEvent], _ memory: DedupCache) throws -> FilteredRows {
    let member = GroupMember(try IngestBatch(events))
    return FilteredRows(
      [CopyRows.Part(member: 0, of: member)], memory: memory, writer: 0, incarnation: incarnation,
      awaitsOthers: true)
  }

  /// A query finds the keys of all rows stored. Until the claim reads the purge generation, somebody may delete them.
  private func commitStored(_ events: [TestEvent], _ memory: DedupCache, purge: Int64, isLearned: Bool) throws
  {
    var rows = try filtered(events, memory)
    rows.skip(stored: Array(0..<rows.rows.count), isLearned: isLearned)
    let isConfirmed = rows.isConfirmed(purge: purge)
    #expect(isConfirmed)
    rows.end(committed: purge)
  }

  private func sentRows(_ events: [TestEvent], _ memory: DedupCache) throws -> Int {
    try filtered(events, memory).rows.count
  }

  @Test func learnsStoredKeysOnlyWhenADeletionWouldBeNoticed() throws {
    let memory = DedupCache(capacity: 100)
    let (first, second) = (TestEvent.unique(3), TestEvent.unique(3))
    // The cache has no purge generation yet, so nobody knows whether the query came before a deletion.
    try commitStored(first, memory, purge: 7, isLearned: true)
    #expect(try sentRows(first, memory) == 3)
    try commitStored(second, memory, purge: 7, isLearned: true)
    #expect(try sentRows(second, memory) == 0)
  }

  @Test func learnsNoStoredKeysOfAWorker() throws {
    let memory = DedupCache(capacity: 100)
    let events = TestEvent.unique(3)
    try commitStored(TestEvent.unique(1), memory, purge: 7, isLearned: true)
    try commitStored(events, memory, purge: 7, isLearned: false)
    #expect(try sentRows(events, memory) == 3)
  }
}
