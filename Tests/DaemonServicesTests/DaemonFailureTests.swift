import DaemonConfiguration
import DaemonServices
import Ingest
import SocketIO
import StoreInterface
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
}
