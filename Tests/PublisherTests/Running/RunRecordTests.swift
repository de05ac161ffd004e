import Testing
import WireProtocol

@testable import ClientLib
@testable import Publisher

@Suite struct RunRecordTests {
  private let record = RunRecord()
  private let promise = BatchPromise()

  private func follow(_ events: Int) async {
    await record.follow(
      Receipt(Receipt.Batch(promise: promise, events: events), hasSpool: false), intended: .now,
      published: .now)
  }

  @Test func addsUpAcknowledgements() async {
    promise.settle(
      .success(Counts(BatchCounts(unique: 3, duplicate: 2, dead: 1), received: 6, isReplay: false)))
    record.sent(6)
    await follow(6)
    let totals = record.totals
    #expect((totals.sent, totals.batches, totals.accepted, totals.committed) == (6, 1, 6, 6))
    #expect((totals.unique, totals.duplicates, totals.dead) == (3, 2, 1))
    #expect(totals.acceptedTimes.count == 1)
    #expect(totals.committedTimes.count == 1 && totals.publishTimes.count == 1)
  }

  @Test func countsBatchesWithUnknownCounts() async {
    promise.settle(.success(Counts(nil, received: 6, isReplay: true)))
    await follow(6)
    #expect(record.totals.committed == 6)
    #expect(record.totals.unknownBatches == 1)
    #expect(record.totals.unique == 0)
  }

  @Test func keepsTheFirstProblem() async {
    promise.accept()
    promise.settle(.failure(ProducerError(.superseded, "")))
    await follow(6)
    await follow(6)
    #expect(record.totals.accepted == 12)
    #expect(record.totals.committed == 0)
    #expect(record.totals.refusedBatches == 2)
    #expect(record.totals.firstProblem?.code == .superseded)
  }

  @Test func recordsTheTimeOfTheLastAcknowledgement() async throws {
    #expect(record.lastMoment(.accepted) == nil)
    let before = ContinuousClock.now
    promise.settle(.success(Counts(nil, received: 1, isReplay: false)))
    await follow(1)
    let accepted = try #require(record.lastMoment(.accepted))
    let committed = try #require(record.lastMoment(.committed))
    #expect(before <= accepted && accepted <= committed)
  }
}
