import FaultProxy
import Foundation
import TestSupport
import Testing

/// Somebody is there and does not answer: networks that swallow everything, a store that is away.
struct UnreachableTests {
  /// Silence is noticed soon.
  private static let impatient = ["--timeouts-heartbeat", "200ms", "--timeouts-dead", "1s"]

  @Test func aProducerGoesOnWhenItsServerCanBeReachedAgain() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: Self.impatient) { daemon in
        try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { proxy in
          try await RunningPublisher.run(to: [proxy.port], events: 40_000, rate: 20_000) { publisher in
            try await waitForEvents(3_000, in: conninfo)
            proxy.blackhole()
            // It gives the connection up, and tries in vain.
            try await waitUntil { proxy.acceptedCount >= 2 }
            proxy.lift()
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.reconnects >= 1)
          }
        }
      }
    }
  }

  @Test func aHalfOpenConnectionIsGivenUpAndOthersGoOn() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: Self.impatient) { daemon in
        try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { proxy in
          try await RunningPublisher.run(to: [proxy.port], events: 30_000, rate: 10_000) { publisher in
            try await waitForEvents(3_000, in: conninfo)
            proxy.blackhole()
            try await waitUntil { try await daemon.gauge("sluice_connections") == 0 }
            let (exit, _, errors) = try await publish(to: daemon.tcpPort, ["--events", "500"])
            #expect(exit == .status(0), "\(errors)")
            proxy.lift()
            _ = try await publisher.finish()
          }
        }
      }
    }
  }

  @Test func whileTheStoreIsAwayHeartbeatsKeepTheConnection() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { database, proxied in
        try await Daemon.run(over: proxied, arguments: Self.impatient) { daemon in
          try await FaultProxy.run(to: daemon.ingest, speaking: .sluice) { ingest in
            try await RunningPublisher.run(to: [ingest.port], events: 40_000, rate: 40_000) { publisher in
              try await waitForEvents(3_000, in: conninfo)
              let target = database.target
              database.target = .unix(path: "/nowhere")
              database.cutAll()
              // Many times the silence after which either side gives the other up.
              let heartbeats = Fault.Direction.allCases.map { direction in
                ingest.arm(Fault(.call {}, direction, .after(.heartbeat, nth: 20)))
              }
              try await waitUntil { heartbeats.allSatisfy(\.hasHappened) }
              #expect(ingest.acceptedCount == 1)
              #expect(try await daemon.get("/health").status == 503)
              database.target = target
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
  /// A gauge of its metrics page.
  func gauge(_ name: String) async throws -> Double? {
    let line = try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}
