import Ingest
import Testing

@testable import Storage

@Suite struct GroupMemberTests {
  private func member(dead: [Int], of count: Int = 6) throws -> GroupMember {
    GroupMember(
      try IngestBatch(
        TestEvent.unique(count), dead: dead.map { DeadEvent(position: $0, reason: .payloadSyntax) }))
  }

  @Test func beginsWithTheDeadEventsOfValidation() throws {
    let member = try member(dead: [1, 4])
    #expect(member.dead.map(\.position) == [1, 4])
    #expect(member.dead.allSatisfy { $0.reason == .payloadSyntax && $0.detail == nil })
    #expect(member.livingCount == 4)
  }

  @Test(arguments: [0, 2, 3, 5])
  func keepsDeadEventsInOrder(_ position: Int) throws {
    var member = try member(dead: [1, 4])
    member.markDead(position, .refusedByDatabase, detail: "why")
    #expect(member.dead.map(\.position) == [1, 4, position].sorted())
    #expect(member.dead.first { $0.position == position }?.detail == "why")
  }

  @Test func keepsTheFirstReasonOfADeadEvent() throws {
    var member = try member(dead: [1])
    member.markDead(1, .refusedByDatabase, detail: "why")
    #expect(member.dead == [RefusedEvent(position: 1, reason: .payloadSyntax, detail: nil)])
  }

  @Test(arguments: [[], [0], [5], [0, 1, 2, 3, 4, 5], [2, 3]])
  func quarantinesTheEventsThatStillLive(_ dead: [Int]) throws {
    var member = try member(dead: dead)
    member.quarantine(detail: "why")
    #expect(member.dead.map(\.position) == Array(0..<6))
    #expect(member.dead.filter { $0.reason == .payloadSyntax }.map(\.position) == dead)
    #expect(member.dead.filter { $0.reason == .quarantined }.count == 6 - dead.count)
    #expect(member.livingCount == 0)
  }

  @Test func remembersItsFirstFailure() throws {
    var member = try member(dead: [])
    let start = ContinuousClock.now
    #expect(member.failingSince == nil)
    member.failed(at: start)
    member.failed(at: start + .seconds(9))
    #expect(member.failingSince == start)
  }
}
