import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

extension StoreFixture {
  /// Runs a round of maintenance. By default the ledger is kept for an hour, and producers for a day.
  @discardableResult
  func maintain(
    _ adjust: (inout MaintenanceSettings) -> Void = { _ in }
  ) async throws -> MaintenanceCounts {
    var settings = MaintenanceSettings()
    settings.producersKeep = .seconds(86_400)
    adjust(&settings)
    let maintenance = PostgresMaintenance(ConnectionSettings(conninfo: conninfo), settings)
    // Tries again while the first round of the store itself runs.
    while true {
      if let counts = try await maintenance.run() { return counts }
    }
  }

  /// Commits batches of one event each with these sequences. All declare `base`.
  func commit(
    _ sequences: ClosedRange<UInt64>, base: UInt64, from producer: ProducerID
  ) async throws {
    let batches = try sequences.map {
      try IngestBatch(TestEvent.unique(1), from: producer, sequence: $0, base: base)
    }
    offer(batches)
    for batch in batches { #expect(await outcomes.outcome(of: batch) == .committed(unique: 1)) }
  }

  /// Makes ledger rows older by `interval`.
  func age(_ interval: String, where condition: String = "true") async throws {
    try await sql(
      "UPDATE batches SET committed_at = committed_at - interval '\(interval)' WHERE \(condition)")
  }

  /// Returns the sequences in the ledger, ascending.
  func ledger() async throws -> [Int] {
    try await sql("SELECT sequence FROM batches ORDER BY sequence").compactMap { $0[0].flatMap { Int($0) } }
  }
}
