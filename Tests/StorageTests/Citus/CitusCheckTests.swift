import StoreInterface
import TestSupport
import Testing

@testable import PostgresClient
@testable import Storage

/// Refusals, and the advice that each gives.
@Suite struct CitusCheckTests {
  private func cluster(
    node: Int64 = 0, workers: Int = 2, hasEvents: Bool = false, others: String? = nil, recovery: Int64 = 1_000
  ) -> CitusCluster {
    CitusCluster(
      node: node, workers: workers, hasEvents: hasEvents, otherTables: others, recoveryInterval: recovery)
  }

  private func problem(
    _ isDistributed: Bool, _ cluster: CitusCluster?, _ adjust: (inout StoreSettings) -> Void = { _ in }
  ) -> String? {
    var settings = StoreSettings(connection: ConnectionSettings(conninfo: ""))
    adjust(&settings)
    return CitusCheck.problem(EventTable(index: .spans, isDistributed: isDistributed), cluster, settings)
  }

  @Test func aDatabaseIsGoodAsItIs() {
    #expect(problem(false, nil) == nil)
    #expect(problem(false, cluster()) == nil)
    #expect(problem(true, cluster(hasEvents: true)) == nil)
    #expect(problem(true, cluster(hasEvents: true)) { $0.citus = .events } == nil)
    #expect(problem(false, nil) { $0.citus = .off } == nil)
  }

  @Test func aServerThatWantsAnotherPlaceOfTheEventsIsRefused() {
    #expect(
      problem(false, cluster()) { $0.citus = .events }?.contains("run sluiced migrate --citus,") == true)
    #expect(problem(true, cluster(hasEvents: true)) { $0.citus = .off }?.contains("--citus=off") == true)
  }

  @Test func aTableThatSomebodyElseDistributedIsRefused() {
    #expect(problem(false, cluster(hasEvents: true))?.contains("undistribute_table") == true)
  }

  @Test(arguments: [
    nil,
    CitusCluster(
      node: 0, workers: 2, hasEvents: false, otherTables: nil, recoveryInterval: 1_000),
  ])
  func aRestoredDumpWithoutItsShardsIsRefused(_ cluster: CitusCluster?) {
    #expect(problem(true, cluster)?.contains("restore the backup") == true)
  }

  @Test func whatCitusDoesNotHaveIsRefused() {
    let good = cluster(hasEvents: true)
    #expect(problem(true, good) { $0.isolation = .serializable }?.contains("read-committed") == true)
    #expect(problem(true, cluster(hasEvents: true, recovery: -1))?.contains("recover_2pc_interval") == true)
  }

  @Test(
    arguments: [
      (nil, "CREATE EXTENSION citus"), (.some((1, 2, false, nil)), "coordinator"),
      (.some((0, 0, false, nil)), "no worker"), (.some((0, 2, true, nil)), "undistribute_table('events')"),
      (.some((0, 2, false, "batches")), "batches"),
    ] as [((Int64, Int, Bool, String?)?, String)])
  func eventsAreNotMovedWhere(_ values: (Int64, Int, Bool, String?)?, _ words: String) {
    let found = values.map { self.cluster(node: $0.0, workers: $0.1, hasEvents: $0.2, others: $0.3) }
    #expect(CitusMigration.problem(of: found, .local(.spans))?.contains(words) == true)
  }

  @Test func eventsWithABTreeAreNotMoved() {
    #expect(CitusMigration.problem(of: cluster(), .local(.btree))?.contains("store.index=spans") == true)
    #expect(CitusMigration.problem(of: cluster(), .local(.spans)) == nil)
  }

  /// A real database without the extension.
  @Test func aPlainPostgresIsNotMovedAndStaysAsItIs() async throws {
    try await withMigratedConnection { connection in
      #expect(try CitusCluster.read(over: connection) == nil)
      #expect(try !CitusCluster.isWorker(connection))
      let error = #expect(throws: SchemaError.self) {
        try CitusMigration(connection: connection, logger: .silent).make(.events)
      }
      #expect(error?.description.contains("does not have the extension citus") == true)
      try CitusMigration(connection: connection, logger: .silent).make(.off)
      #expect(try connection.query(EventTable.query) == .local(.spans))
    }
  }

  @Test func anOlderSchemaIsALocalTable() async throws {
    try await withMigratedConnection { connection in
      try connection.execute("ALTER TABLE store DROP COLUMN citus")
      #expect(try connection.query(EventTable.query) == .local(.spans))
    }
  }
}
