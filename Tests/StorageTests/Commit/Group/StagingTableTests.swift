import Ingest
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

@Suite struct StagingTableTests {
  @Test func deletesFewRowsAndTruncatesMany() {
    var staging = StagingTable()
    var clearings: [String] = []
    for rows in [1_000, 999, 1, 5, 1_999, 1, 0, 1, 20_000, 1] {
      clearings.append(staging.clear(for: rows).scriptText)
    }
    #expect(
      clearings.map { $0.hasPrefix("TRUNCATE") }
        == [false, false, false, true, false, true, false, false, false, true])
  }

  @Test func neverStoresTheRowsOfAnEarlierGroupAgain() async throws {
    try await StoreFixture.with {
      $0.writers = 1
    } _: { store in
      let producer = ProducerID.test()
      for (place, size) in [10, 1_500, 700, 3, 2_500, 1, 1].enumerated() {
        let batch = try IngestBatch(
          TestEvent.unique(size), from: producer, sequence: UInt64(place + 1))
        #expect(await store.commit(batch) == .committed(unique: UInt32(size)))
        // Deletes the events as retention does. Rows left in the staging table would be inserted again.
        try await store.sql("DELETE FROM events")
      }
      let batch = try IngestBatch(TestEvent.unique(5), from: producer, sequence: 100)
      _ = await store.commit(batch)
      #expect(try await store.number("SELECT count(*) FROM events") == 5)
    }
  }
}
