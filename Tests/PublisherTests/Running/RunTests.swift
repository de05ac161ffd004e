import ClientLib
import Logging
import ModelServer
import Testing
import WireProtocol

@testable import Publisher

@Suite(.timeLimit(.minutes(2))) struct RunTests {
  private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func publish(_ plan: RunPlan, stop: InterruptSignal = InterruptSignal(), lines: Lines = Lines())
    async throws
    -> Run.Result
  {
    let run = Run(plan: plan, logger: Self.silent, stop: stop, tell: lines.add)
    let producers = try await run.connect()
    let partitioner = WorkPartitioner(count: plan.events ?? 0, batch: UInt64(plan.batch))
    if stop.isSet { partitioner.stop() }
    return await run.publish(over: producers, partitioner: partitioner, record: RunRecord())
  }

  @Test(arguments: [1, 3]) func sendsExactlyTheKeysThatItExpects(connections: Int) async throws {
    let server = try ModelServer()
    let plan = RunPlan.sample(.generator(.sample(), events: 5_050), [server], connections: connections)
    let result = try await publish(plan)
    let (keys, received) = server.ledger.withLedger { ($0.keys.count, $0.received) }
    #expect(result.failure == nil)
    #expect(result.totals.sent == 5_050)
    #expect(received == 5_050)
    #expect(result.uniqueExpected == UInt64(keys))
    #expect(result.totals.unique == UInt64(keys))
    #expect(result.totals.unique + result.totals.duplicates == 5_050)
    #expect(result.totals.batches == 51)
    #expect(result.totals.committedTimes.count == 51)
    #expect(await server.with(\.connections) == connections)
  }

  @Test func countsEverythingOnceAlthoughConnectionsAreCut() async throws {
    var manners = Manners()
    manners.cutsAfter = 7
    let server = try ModelServer(manners)
    let result = try await publish(.sample(.generator(.sample(), events: 5_000), [server]))
    let (keys, received) = server.ledger.withLedger { ($0.keys.count, $0.received) }
    #expect(result.failure == nil)
    #expect(result.totals.committed == 5_000)
    #expect(received == 5_000)
    #expect(result.uniqueExpected == UInt64(keys))
    #expect(result.traffic.reconnects > 0)
  }

  @Test func endsSomeTimeAfterAnInterruptWithUncommittedBatches() async throws {
    var manners = Manners()
    manners.holdsCommits = true
    let server = try ModelServer(manners)
    var plan = RunPlan.sample(.generator(.sample(), events: 500), [server])
    plan.stopWait = .milliseconds(600)
    let (stop, lines) = (InterruptSignal(), Lines())
    async let outcome = publish(plan, stop: stop, lines: lines)
    await server.waits { $0.published.count == 5 }
    stop.set()
    let result = try await outcome
    #expect(result.failure?.status == .incomplete)
    #expect(result.totals.sent == 500)
    #expect(lines.all.contains { $0.contains("5 batches are not committed yet") })
  }

  @Test func printsNothingAboutAnInterruptWhenEverythingIsCommitted() async throws {
    let (server, stop, lines) = (try ModelServer(), InterruptSignal(), Lines())
    stop.set()
    let result = try await publish(
      .sample(.generator(.sample(), events: 500), [server]), stop: stop, lines: lines)
    #expect(result.failure == nil)
    #expect(lines.all.isEmpty)
  }

  @Test func sendsNothingMoreWhenItIsStopped() async throws {
    let server = try ModelServer()
    let stop = InterruptSignal()
    stop.set()
    let result = try await publish(.sample(.generator(.sample(), events: 5_000), [server]), stop: stop)
    #expect(result.wasInterrupted)
    #expect(result.totals.sent == 0)
    #expect(result.uniqueExpected == 0)
  }

  @Test func fitsBatchesToTheLimitOfTheServer() async throws {
    var manners = Manners()
    manners.limits.batch.events = 1_000
    let server = try ModelServer(manners)
    let result = try await publish(.sample(.generator(.sample(), events: 2_500), [server], batch: 2_500))
    #expect(result.failure == nil)
    #expect(result.totals.batches == 3)
  }

  @Test func failsWithTheServersMessageWhenBatchesAreRefused() async throws {
    var manners = Manners()
    manners.batchRefusal = { $0 == 2 ? WireError(.topicNotAllowed, "no") : nil }
    let server = try ModelServer(manners)
    let result = try await publish(.sample(.generator(.sample(), events: 300), [server]))
    #expect(result.failure?.status == .incomplete)
    #expect(result.failure?.description.contains("TOPIC_NOT_ALLOWED") == true)
    #expect(result.totals.refusedBatches == 1)
    #expect(result.totals.committed == 200)
  }

  @Test func saysThatNoServerIsThere() async throws {
    let server = try ModelServer()
    var plan = RunPlan.sample(.generator(.sample(), events: 1), [server])
    await server.close()
    plan.timeout = .milliseconds(20)
    let run = Run(plan: plan, logger: Self.silent, stop: InterruptSignal(), tell: { _ in })
    let failure = await #expect(throws: RunFailure.self) { try await run.connect() }
    #expect(failure?.status == .unreachable)
  }
}
