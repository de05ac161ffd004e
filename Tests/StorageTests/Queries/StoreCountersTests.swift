import Ingest
import StoreInterface
import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage

@Suite struct StoreCountersTests {
  private let first = StoreIncarnation(1)
  private let now = ContinuousClock.now

  private func row(_ received: Int64) -> StoreTotals {
    StoreTotals(received: received, unique: received, duplicate: 0, dead: 0, conflicts: 0)
  }

  /// Returns the sum of the received events; nil when they are not known.
  private func received(_ counters: StoreCounters, after age: Duration = .zero) -> Int64? {
    counters.sums(notOlderThan: .seconds(2), at: now + age)?.totals.received
  }

  @Test func nothingIsKnownBeforeTheFirstReadingAndAfterALongTime() {
    let counters = StoreCounters()
    counters.note(row(5), shard: 3, by: first)
    #expect(received(counters) == nil)
    counters.read([3: row(5), 4: row(1)], asOf: 7, since: counters.beginReading(), at: now)
    #expect(counters.sums(notOlderThan: .seconds(2), at: now) == RecentTotals(totals: row(6), readAt: 7))
    #expect(received(counters, after: .seconds(2)) == 6)
    #expect(received(counters, after: .seconds(3)) == nil)
  }

  @Test func aCommitIsCountedAtOnceAndOnce() {
    let counters = StoreCounters()
    counters.note(row(1), shard: 0, by: first)
    counters.read([0: row(1), 1: row(10)], asOf: 0, since: counters.beginReading(), at: now)
    counters.note(row(4), shard: 0, by: first)
    #expect(received(counters) == 14)
    // This reading began before the commit, and ends after it.
    let mark = counters.beginReading()
    counters.note(row(9), shard: 0, by: first)
    counters.read([0: row(4), 1: row(11)], asOf: 0, since: mark, at: now)
    #expect(received(counters) == 20)
    // Another server has added to the same row.
    counters.read([0: row(12), 1: row(11)], asOf: 0, since: counters.beginReading(), at: now)
    #expect(received(counters) == 23)
  }

  @Test func rowsThatWritersReportInAnotherOrderDoNotFall() {
    let counters = StoreCounters()
    counters.note(row(1), shard: 0, by: first)
    counters.read([0: row(1)], asOf: 0, since: counters.beginReading(), at: now)
    counters.note(row(7), shard: 0, by: first)
    counters.note(row(5), shard: 0, by: first)
    #expect(received(counters) == 7)
  }

  @Test func anotherDatabaseIsReadBeforeItsCountersAreShown() {
    let counters = StoreCounters()
    counters.note(row(100), shard: 0, by: first)
    counters.read([0: row(100)], asOf: 0, since: counters.beginReading(), at: now)
    let mark = counters.beginReading()
    counters.note(row(3), shard: 0, by: StoreIncarnation(2))
    #expect(received(counters) == nil)
    counters.read([0: row(100)], asOf: 0, since: mark, at: now)
    #expect(received(counters) == nil, "it was read from the database before")
    counters.note(row(101), shard: 0, by: first)
    counters.read([0: row(3), 1: row(1)], asOf: 0, since: counters.beginReading(), at: now)
    #expect(received(counters) == 4)
  }

  /// A database that was taken back to an earlier state, before a writer connected to it.
  @Test func aReadingMayLowerWhatNobodyReportedSince() {
    let counters = StoreCounters()
    counters.note(row(100), shard: 0, by: first)
    counters.read([0: row(60), 1: row(5)], asOf: 0, since: counters.beginReading(), at: now)
    #expect(received(counters) == 65)
    counters.read([0: row(60)], asOf: 0, since: counters.beginReading(), at: now)
    #expect(received(counters) == 60)
  }

  @Test func aCommitWhoseRowIsNotKnownNeedsALaterReading() {
    let counters = StoreCounters()
    counters.note(row(1), shard: 0, by: first)
    let mark = counters.beginReading()
    counters.expire()
    #expect(received(counters) == nil)
    counters.read([0: row(1)], asOf: 0, since: mark, at: now)
    #expect(received(counters) == nil)
    counters.read([0: row(2)], asOf: 0, since: counters.beginReading(), at: now)
    #expect(received(counters) == 2)
  }

  /// The second reader has no database, so whatever it answers it knows without a statement.
  @Test(arguments: [1, 400])
  func countersHaveTheCommitsOfThisProcessWithoutAStatement(events: Int) async throws {
    try await StoreFixture.with { store in
      let counters = store.store.counters
      let reader = PostgresQueries(ConnectionSettings(conninfo: store.conninfo), counters: counters)
      let blind = PostgresQueries(ConnectionSettings(conninfo: "host=/nowhere"), counters: counters)
      defer {
        reader.close()
        blind.close()
      }
      _ = await store.commit(try IngestBatch(TestEvent.unique(1)))
      #expect(try await reader.recentTotals().totals.received == 1)
      for sequence in 2...4 {
        let dead = sequence == 4 ? [DeadEvent(position: 0, reason: .payloadSyntax)] : []
        let batch = try IngestBatch(TestEvent.unique(events + 1), sequence: UInt64(sequence), dead: dead)
        _ = await store.commit(batch)
        let expected = try await reader.totals()
        #expect(try await blind.recentTotals().totals == expected)
        #expect(expected.received == Int64(1 + (sequence - 1) * (events + 1)))
      }
    }
  }
}
