import DaemonConfiguration
import DaemonServices
import Ingest
import SocketIO
import Storage
import Testing

struct DaemonFailureTests {
  // Swift Testing has an `ExitStatus` of its own.
  typealias Status = DaemonConfiguration.ExitStatus

  private struct Surprise: Error, CustomStringConvertible {
    let description = "a surprise"
  }

  @Test(
    arguments: [
      (ConfigurationError.missingValue(option: "--tcp-port"), Status.badConfiguration),
      (ConfigurationError.contradiction("too small"), .badConfiguration),
      (SocketError(.listen, "127.0.0.1:1", code: 98), .addressUnavailable),
      (SocketError(.resolve, "nowhere:1", reason: "no address"), .addressUnavailable),
      (EmbeddedPostgresError.inUse(path: "/data", holder: 7), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.unusable(path: "/data", reason: "read only"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.notData(path: "/data"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.notEnterable(path: "/root", account: "postgres"), .dataDirectoryUnavailable),
      (EmbeddedPostgresError.noServer(reason: "none found"), .databaseUnavailable),
      (EmbeddedPostgresError.otherVersion(path: "/data", data: 13, found: [15]), .databaseUnavailable),
      (SchemaError.serverTooOld("12"), .databaseUnavailable),
      (SchemaError.newerSchema(found: 9, known: 1), .databaseUnavailable),
      (SchemaError.missingRight("create", grant: "GRANT"), .databaseUnavailable),
      (QueryError("no answer", isTransient: true), .databaseUnavailable),
      (Surprise(), .failed),
    ] as [(any Error & Sendable, Status)])
  func givesEachErrorItsExitStatusAndItsOwnWords(_ error: any Error & Sendable, _ status: Status) {
    let failure = DaemonFailure(error)
    #expect(failure.status == status)
    #expect(failure.description.hasPrefix("\(error)"))
    #expect(!failure.description.contains("\n"))
  }

  @Test func keepsAFailureAsItIs() {
    let failure = DaemonFailure(.drainIncomplete, "12 batches")
    #expect(DaemonFailure(failure as any Error) == failure)
  }

  @Test func aStartThatWasStoppedIsNoFailure() {
    #expect(DaemonFailure(EmbeddedPostgresError.interrupted).status == .success)
  }
}
