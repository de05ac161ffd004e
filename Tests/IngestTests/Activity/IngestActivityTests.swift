import Ingest
import Testing
import WireProtocol

struct IngestActivityTests {
  private let start = ContinuousClock.now

  @Test func countsReportedEvents() throws {
    let activity = IngestActivity()
    let three = try batch(1, events: 3, acceptedAt: start)
    let four = try batch(2, events: 4, acceptedAt: start)
    activity.batchAccepted(three)
    activity.batchAccepted(four)
    activity.batchSettled(
      three, .committed(BatchCounts(unique: 1, duplicate: 2, dead: 0)), at: start + .milliseconds(8))
    activity.batchSettled(four, .committed(BatchCounts(unique: 0, duplicate: 1, dead: 3)), at: start)
    activity.batchSettled(three, .replayed(BatchCounts(unique: 1, duplicate: 2, dead: 0)), at: start)
    activity.batchSettled(four, .countsUnknown, at: start)
    activity.bytesReceived(500)
    activity.groupRetried()
    activity.conflictsFound(2)
    activity.eventRepublished()
    activity.groupCommitted(by: .pipelinedInsert)
    activity.groupCommitted(by: .pipelinedInsert)

    let snapshot = activity.snapshot()
    #expect(snapshot.acceptedBatches == 2 && snapshot.acceptedEvents == 7)
    #expect(snapshot.acceptedBytes == three.byteCount + four.byteCount)
    #expect(snapshot.committedBatches == 2 && snapshot.committedEvents == 7)
    #expect(snapshot.uniqueEvents == 1 && snapshot.duplicateEvents == 3 && snapshot.deadEvents == 3)
    #expect(snapshot.replayedBatches == 2)
    #expect(snapshot.conflicts == 2 && snapshot.republishedEvents == 1)
    #expect(snapshot.receivedBytes == 500 && snapshot.groupRetries == 1)
    #expect(snapshot.committedGroups == [.pipelinedInsert: 2])
    #expect(activity.commitLatency.snapshot().count == 4)
    #expect(activity.commitLatency.snapshot().microseconds == 8_000)
  }

  @Test func countsByInput() throws {
    let activity = IngestActivity()
    let tcp = try batch(1, events: 3, acceptedAt: start)
    let http = try batch(2, events: 9, acceptedAt: start, input: .publish)
    for batch in [tcp, http, http] { activity.batchAccepted(batch) }
    activity.batchSettled(http, .committed(BatchCounts(unique: 4, duplicate: 3, dead: 2)), at: start)
    activity.batchSettled(http, .replayed(BatchCounts(unique: 4, duplicate: 3, dead: 2)), at: start)
    let inputs = activity.snapshot().inputs
    #expect(inputs[.publishBatch] == InputCounts())
    #expect(inputs[.tcp]?.acceptedEvents == 3 && inputs[.tcp]?.uniqueEvents == 0)
    #expect(inputs[.publish]?.acceptedBatches == 2 && inputs[.publish]?.acceptedEvents == 18)
    #expect(inputs[.publish]?.uniqueEvents == 4 && inputs[.publish]?.duplicateEvents == 3)
    #expect(inputs[.publish]?.deadEvents == 2)
  }

  @Test func countsRefusalsByCode() throws {
    let activity = IngestActivity()
    activity.refused(.badChecksum)
    activity.refused(.badChecksum)
    activity.batchSettled(try batch(1, acceptedAt: start), .sequenceReused, at: start)
    #expect(activity.snapshot().refusals == [.badChecksum: 2, .sequenceReused: 1])
  }

  @Test func countsOpenConnections() {
    let activity = IngestActivity()
    for _ in 0..<5 { activity.connectionOpened() }
    for _ in 0..<3 { activity.connectionClosed() }
    #expect(activity.snapshot().connections == 2)
    #expect(activity.snapshot().openedConnections == 5)
  }

  @Test func ratesComeFromItsTicks() throws {
    let activity = IngestActivity()
    activity.tick(at: start)
    let ten = try batch(1, events: 10, acceptedAt: start)
    activity.batchAccepted(ten)
    activity.batchSettled(ten, .committed(BatchCounts(unique: 4, duplicate: 1, dead: 1)), at: start)
    activity.tick(at: start + .seconds(2))
    #expect(activity.rate(overSeconds: 1) == ActivityRate(accepted: 5, committed: 3))
  }

  @Test func addsUpFromManyThreads() async throws {
    let activity = IngestActivity()
    let two = try batch(1, events: 2, acceptedAt: start)
    await onThreads(4) { _ in
      for _ in 0..<2_000 {
        activity.connectionOpened()
        activity.batchAccepted(two)
        activity.refused(.draining)
        activity.connectionClosed()
        if activity.snapshot().connections < 0 { Issue.record("fewer than no connections") }
      }
    }
    let snapshot = activity.snapshot()
    #expect(snapshot.acceptedEvents == 16_000 && snapshot.connections == 0)
    #expect(snapshot.refusals == [.draining: 8_000])
  }
}
