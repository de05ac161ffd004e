import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests of peers that exist and do not answer: a network that drops everything, and an unavailable store.
struct UnreachableTests {
  /// Short timeouts, so that silence is noticed soon.
  private static let shortTimeouts = ["--timeouts-heartbeat", "200ms", "--timeouts-idle", "1s"]

  @Test func aProducerGoesOnWhenItsServerCanBeReachedAgain() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: Self.shortTimeouts) { daemon in
        try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { proxy in
          try await RunningPublisher.runUntilStopped(to: [proxy.port], rate: 20_000) { publisher in
            try await waitForEvents(3_000, in: conninfo)
            proxy.blackhole()
            // The publisher gives up the connection, and its further attempts fail.
            try await waitUntil { proxy.acceptedCount >= 2 }
            proxy.lift()
            publisher.stop()
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.reconnects >= 1)
          }
        }
      }
    }
  }

  @Test func aHalfOpenConnectionIsGivenUpAndOthersGoOn() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: Self.shortTimeouts) { daemon in
        try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { proxy in
          try await RunningPublisher.runUntilStopped(to: [proxy.port], rate: 10_000) { publisher in
            try await waitForEvents(3_000, in: conninfo)
            proxy.blackhole()
            try await waitUntil { try await daemon.gauge("sluice_connections") == 0 }
            let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "500"])
            #expect(exit == .status(0), "\(errors)")
            proxy.lift()
            publisher.stop()
            _ = try await publisher.finish()
          }
        }
      }
    }
  }

  @Test func whileTheStoreIsUnavailableHeartbeatsKeepTheConnection() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { database, proxied in
        try await Daemon.run(over: proxied, arguments: Self.shortTimeouts) { daemon in
          try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { ingest in
            try await RunningPublisher.runUntilStopped(to: [ingest.port], rate: 20_000) { publisher in
              try await waitForEvents(3_000, in: conninfo)
              let target = database.target
              database.target = .unix(path: "/nowhere")
              database.cutAll()
              // 20 heartbeats take several times the idle timeout, after which either side would close the
              // connection.
              let heartbeats = Fault.Direction.allCases.map { direction in
                ingest.arm(Fault(.call {}, direction, .after(.heartbeat, nth: 20)))
              }
              try await waitUntil { heartbeats.allSatisfy(\.hasHappened) }
              #expect(ingest.acceptedCount == 1)
              #expect(try await daemon.get("/health").status == 503)
              database.target = target
              publisher.stop()
              try await publisher.finish(alone: conninfo)
              #expect(ingest.acceptedCount == 1)
            }
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      (.throttle(bytesPerSecond: 400), .toClient), (.split(bytes: 7), .toClient),
      (.throttle(bytesPerSecond: 60_000), .toServer), (.split(bytes: 50), .toServer),
    ] as [(Fault.Action, Fault.Direction)])
  func aSlowConnectionLosesNothing(_ slowness: Fault.Action, _ direction: Fault.Direction) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        try await FaultProxy.run(
          to: daemon.ingest, speaking: .sluice, plan: { _ in [Fault(slowness, direction)] }
        ) { proxy in
          try await RunningPublisher.run(to: [proxy.port], events: 4_000, ["--batch", "100"]) { publisher in
            try await publisher.finish(alone: conninfo)
          }
        }
      }
    }
  }
}

extension Daemon {
  /// Returns a gauge from the daemon's metrics page.
  func gauge(_ name: String) async throws -> Double? {
    let line = try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}
