import DaemonConfiguration
import DaemonServices
import Storage
import StoreInterface
import Testing

@testable import EmbeddedPostgres
@testable import Sluiced

struct PostgresFailureTests {
  // Swift Testing has an `ExitStatus` of its own.
  typealias Status = DaemonConfiguration.ExitStatus

  @Test(
    arguments: [
      (EmbeddedPostgresError.inUse(path: "/data", holder: 7), Status.dataDirectoryUnavailable),
      (EmbeddedPostgresError.unusable(path: "/data", reason: "read only"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.notData(path: "/data"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.notEnterable(path: "/root", account: "postgres"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.heldElsewhere(path: "/data"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.noServer(reason: "none found"), .databaseUnavailable),
      (EmbeddedPostgresError.otherVersion(path: "/data", data: 13, found: [15]), .databaseUnavailable),
      (SchemaError.pooledTransactions, .databaseUnavailable),
      (SchemaError.serverTooOld("12"), .databaseUnavailable),
      (SchemaError.newerSchema(found: 9, known: 1), .databaseUnavailable),
      (SchemaError.missingRights(role: "app", rights: ["a"], grants: ["GRANT"]), .databaseUnavailable),
      (SchemaError.unchangeableSchema("denied"), .databaseUnavailable),
      (QueryError("no answer", isTransient: true), .databaseUnavailable),
    ] as [(any Error & Sendable, Status)])
  func givesEachErrorItsExitStatusAndItsOwnWords(_ error: any Error & Sendable, _ status: Status) {
    let failure = DaemonFailure(ofDaemon: error)
    #expect(failure.status == status)
    #expect(failure.description.hasPrefix("\(error)"))
    #expect(!failure.description.contains("\n"))
  }

  @Test func aStartThatWasStoppedIsNoFailure() {
    #expect(DaemonFailure(ofDaemon: EmbeddedPostgresError.interrupted).status == .success)
    #expect(DaemonFailure(ofDaemon: SchemaError.interrupted).status == .success)
  }
}
