import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct FarewellTests {
  @Test func movesToAnotherServerAtOnceAndReadsTheOldOneToItsEnd() async throws {
    let (one, other) = (try ModelServer(), try ModelServer())
    let notices = Notices()
    let producer = try await connected(to: [one, other]) { $0.onNotice = notices.collect }
    await one.with { $0.behave { $0.holdsCommits = true } }
    let early = try await producer.publish("early")
    try await early.accepted()

    await other.with { $0.behave { $0.holdsCommits = true } }
    await one.with { $0.goAwayAll() }
    _ = await notices.first(.moving)
    let late = try await producer.publish("late")
    try await late.accepted()
    #expect(await other.with(\.published) == [1, 2])

    // The old server commits what it took, and its answer counts.
    await one.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await early.committed().unique == 1)
    await one.waits { $0.openConnections == 0 }
    await other.with { $0.behave { $0.holdsCommits = false } }
    #expect(try await late.committed().unique == 1)
    try await producer.close()
  }

  @Test func comesBackToTheOnlyServerThereIs() async throws {
    let server = try ModelServer()
    let producer = try await server.producer()
    try await producer.publish("a").committed()
    await server.with { $0.goAwayAll() }
    #expect(try await producer.publish("b").committed().unique == 1)
    #expect(producer.statistics.reconnects == 1)
    try await producer.close()
  }
}
