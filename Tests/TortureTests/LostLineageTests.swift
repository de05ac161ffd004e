import Testing

@testable import Torture

/// The loss of a batch with a replaced database is permitted only if its producer was told of the loss.
struct LostLineageTests {
  private static let second: Int64 = 1_000_000_000
  /// Servers reach another database from second 12 on. It lacks the commits from second 10 on.
  private static let change = LineageChange(diverged: 10 * second, switched: 12 * second)

  /// Makes a worker whose first batch is stored and whose second batch is lost. `answers` and `notice` are
  /// times in seconds.
  private func world(answers: (first: Int64, second: Int64), notice: Int64?) -> StoreCheckTests.World {
    var world = StoreCheckTests.World()
    let gone = Int64(2) << 16
    world.events.removeAll { $0.batchID == gone }
    world.ledger.removeAll { $0.batchID == gone }
    world.dead.removeAll { $0 == gone }
    world.entries = world.entries.map { entry in
      guard case .told(let publication, var told) = entry else { return entry }
      told.at = (publication.ordinal == 0 ? answers.first : answers.second) * Self.second
      return .told(publication, told)
    }
    if let notice {
      world.entries.append(
        .notice(incarnation: 0, at: notice * Self.second, "LINEAGE_LOSS: another database"))
    }
    return world
  }

  @Test func aProducerThatSaidLineageLossKnowsWhatIsGone() {
    let (findings, totals) = world(answers: (30, 11), notice: 13).check([Self.change])
    #expect(findings.isEmpty, "\(findings.texts)")
    #expect(totals.excused == 1)
  }

  @Test func aProducerThatEndedBeforeItCouldBeToldIsExcused() {
    let (findings, totals) = world(answers: (5, 11), notice: nil).check([Self.change])
    #expect(findings.isEmpty, "\(findings.texts)")
    #expect(totals.excused == 1)
  }

  /// A history in which the loss of the second batch is not permitted.
  struct Loss: Sendable, CustomStringConvertible {
    let description: String
    var answers: (first: Int64, second: Int64) = (30, 11)
    var notice: Int64? = 13
    var changes = [LostLineageTests.change]
  }

  static let losses = [
    Loss(description: "the database is the same", changes: []),
    Loss(
      description: "the new database has every commit",
      changes: [LineageChange(diverged: nil, switched: 12 * second)]),
    Loss(description: "the batch was answered before commits went missing", answers: (30, 9)),
    Loss(description: "the batch was answered long after the change", answers: (30, 23), notice: 25),
    Loss(description: "the producer went on in the new database and was not told", notice: nil),
    Loss(description: "the producer was told before the batch was answered", notice: 9),
  ]

  @Test(arguments: losses) func aLossIsNotExcused(_ loss: Loss) {
    let (findings, totals) = world(answers: loss.answers, notice: loss.notice).check(loss.changes)
    #expect(findings[.lost] > 0)
    #expect(totals.excused == 0)
  }

  @Test func eventsOfAnExcusedBatchThatWasPublishedAgainMustBeThere() {
    var world = world(answers: (30, 11), notice: 13)
    let again = Publication(worker: 0, incarnation: 1, ordinal: 1)
    let told = Told(received: 1, counts: nil, isReplay: false, at: 40 * Self.second)
    world.entries += [.begins(incarnation: 1, producer: "q"), .sends(again), .told(again, told)]
    #expect(world.check([Self.change]).findings[.lost] > 1)
  }

  /// The batch was lost with its lineage, but was still in the producer's spool. The new database has it with
  /// other numbers of duplicates.
  @Test(arguments: [true, false]) func aBatchThatIsStoredAgainMayHaveOtherCounts(isOfALostLineage: Bool) {
    var world = StoreCheckTests.World()
    world.entries = world.entries.map { entry in
      guard case .told(let publication, var told) = entry, publication.ordinal == 1 else { return entry }
      told.at = 11 * Self.second
      told.counts?.unique -= 1
      told.counts?.duplicate += 1
      return .told(publication, told)
    }
    world.entries.append(.notice(incarnation: 0, at: 13 * Self.second, "LINEAGE_LOSS: another database"))
    let findings = world.check(isOfALostLineage ? [Self.change] : []).findings
    #expect((findings[.counts] > 0) != isOfALostLineage, "\(findings.texts)")
  }

  @Test func theDatabaseStaysTheSameAtTheEndOfARun() {
    for seed in UInt64(1)...20 {
      let entries = FaultPlan(seed: seed, seconds: 60, workers: 4).entries.filter(\.fault.isChange)
      #expect(!entries.isEmpty)
      #expect(entries.allSatisfy { $0.milliseconds < (60 - FaultPlan.quietSeconds) * 1_000 })
    }
  }
}
