import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests in which answers are sent and never arrive. The receiver asks again and gets the same answer.
struct LostAnswerTests {
  @Test func aCommitWhoseAnswerIsLostCountsOnce() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { proxy, proxied in
        try await Daemon.run(over: proxied) { daemon in
          try await RunningPublisher.run(
            to: [daemon.tcpPort], events: 40_000, rate: 20_000, ["--batch", "200"]
          ) { publisher in
            for _ in 0..<5 {
              let cut = proxy.arm(Fault(.cut, .toClient, .before(.commitAnswer)))
              try await waitUntil { cut.hasHappened }
            }
            try await publisher.finish(alone: conninfo)
          }
        }
      }
    }
  }

  @Test func anAcknowledgementThatIsLostIsGivenAgain() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { proxy in
          try await RunningPublisher.run(
            to: [proxy.port], events: 40_000, rate: 20_000, ["--batch", "200"]
          ) { publisher in
            for number in 1...3 {
              let cut = proxy.arm(Fault(.cut, .toClient, .before(.acknowledgement, nth: number)))
              try await waitUntil { cut.hasHappened }
            }
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.reconnects >= 3)
            #expect(result.unknownBatches == 0)
          }
        }
      }
    }
  }
}
