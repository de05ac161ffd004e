import Ingest
import Testing
import WireProtocol

@testable import Storage

@Suite struct PendingGroupsTests {
  private func batches(_ count: Int) throws -> [IngestBatch] {
    try (1...count).map { try IngestBatch(TestEvent.unique(1), sequence: UInt64($0)) }
  }

  private func sequences(_ group: [GroupMember]?) -> [UInt64]? {
    group?.map(\.batch.key.sequence)
  }

  @Test func beginsWithOneGroupOfEverythingTaken() throws {
    var pending = PendingGroups(try batches(3))
    #expect(sequences(pending.next()) == [1, 2, 3])
    #expect(pending.next() == nil)
  }

  @Test func runsAGroupThatWasPutBackBeforeTheOthers() throws {
    var pending = PendingGroups(try batches(2))
    let group = pending.next() ?? []
    try #require(group.count == 2)
    pending.putBack([group[1]])
    pending.putBack([group[0]])
    #expect(sequences(pending.next()) == [1])
    #expect(sequences(pending.next()) == [2])
  }

  @Test func leavesASingleBatchAsItIs() throws {
    var pending = PendingGroups(try batches(1))
    pending.putBackHalves(of: pending.next() ?? [])
    #expect(sequences(pending.next()) == [1])
    #expect(pending.next() == nil)
  }

  @Test(arguments: 1...33)
  func halvesDownToSingleBatchesWithoutLosingOne(_ count: Int) throws {
    var pending = PendingGroups(try batches(count))
    var seen: [UInt64] = []
    while let group = pending.next() {
      if group.count == 1 {
        seen.append(group[0].batch.key.sequence)
      } else {
        pending.putBackHalves(of: group)
      }
    }
    #expect(seen == (1...UInt64(count)).map { $0 })
  }
}
