import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests in which another database answers at the address of the store while producers are connected. Each
/// producer is told, and no batch that was reported as committed is missing without LINEAGE_LOSS.
struct FailoverTests {
  /// The state of the former primary when the standby is promoted.
  enum Former: CaseIterable {
    /// The primary is stopped.
    case stopped
    /// The primary keeps running and takes no writes. Its connections stay open.
    case readOnly
    /// The primary keeps running and takes writes. Only new connections go to the other server.
    case writable
  }

  @Test(arguments: Former.allCases)
  func aPromotionThatLosesCommitsIsToldToTheProducer(_ former: Former) async throws {
    try await StandbyPair.run { pair in
      try await withAddress(of: pair, former) { conninfo, move in
        try await Daemon.run(over: conninfo) { daemon in
          try await RunningPublisher.runUntilStopped(to: [daemon.tcpPort], rate: 10_000) {
            publisher in
            try await waitForEvents(2_000, in: pair.primary.conninfo)
            try await pair.catchUp()
            try await pair.detach()
            try await waitForEvents(5_000, in: pair.primary.conninfo)
            try await move()
            _ = try await publisher.program.errorLine { $0.contains("LINEAGE_LOSS") }
            // The publisher continues with the other database, whose counts are consistent.
            try await waitForEvents(5_000, in: pair.standby.conninfo)
            publisher.stop()
            _ = try await publisher.program.exit()
            let sums = try await StoredSums.read(pair.standby.conninfo)
            try await expectConserved(pair.standby.conninfo, unique: sums.unique)
          }
        }
      }
    }
  }

  /// The publisher reports the loss by its exit status, although all batches that are left are committed.
  @Test func aRunThatSawTheLossEndsWithAStatusOfItsOwn() async throws {
    try await StandbyPair.run { pair in
      try await withAddress(of: pair, .writable) { conninfo, move in
        try await Daemon.run(over: conninfo) { daemon in
          try await RunningPublisher.runUntilStopped(to: [daemon.tcpPort], rate: 5_000) { publisher in
            try await waitForEvents(2_000, in: pair.primary.conninfo)
            try await pair.detach()
            try await waitForEvents(2_000, in: pair.primary.conninfo)
            try await move()
            _ = try await publisher.program.errorLine { $0.contains("LINEAGE_LOSS") }
            publisher.stop()
            let exit = try await publisher.program.exit()
            #expect(exit == .status(1), "\(publisher.program.standardError)")
            #expect(publisher.program.standardError.contains("may be gone"))
          }
        }
      }
    }
  }

  /// No commit is lost, because the standby has all of them. Every event is stored and counted once.
  @Test func aPromotionThatLosesNothingLeavesExactCounts() async throws {
    try await StandbyPair.run { pair in
      try await withAddress(of: pair, .stopped) { conninfo, move in
        try await Daemon.run(over: conninfo) { daemon in
          let before = try await publish(to: daemon.tcpPort, ["--events", "5000", "--seed", "4"])
          #expect(before.exit == .status(0), "\(before.errors)")
          try await pair.catchUp()
          try await move()
          // The keys in the dedup cache are also stored in the standby, but the server must look them up
          // again.
          let again = try await publish(to: daemon.tcpPort, ["--events", "5000", "--seed", "4"])
          #expect(again.result?.duplicates == 5_000, "\(again.errors)")
          try await expectConserved(pair.standby.conninfo, unique: before.result?.unique ?? -1)
        }
      }
    }
  }

  /// The dedup cache holds keys that the other database never had. Another producer that sends the same
  /// events must not be told that they are duplicates.
  @Test(arguments: [Former.readOnly, .writable])
  func keysThatAreOnlyInTheFormerDatabaseAreStoredAgain(_ former: Former) async throws {
    try await StandbyPair.run { pair in
      try await withAddress(of: pair, former) { conninfo, move in
        try await Daemon.run(over: conninfo) { daemon in
          let load = ["--events", "3000", "--duplicates", "0", "--seed", "9"]
          // The schema is replicated to the standby; the events are not.
          try await pair.catchUp()
          try await pair.detach()
          let first = try await publish(to: daemon.tcpPort, load)
          #expect(first.result?.unique == 3_000, "\(first.errors)")
          try await move()
          // The server commits into the former database until it notices that the address leads to the
          // standby.
          _ = try await daemon.program.errorLine { $0.contains("the database changed") }
          let second = try await publish(to: daemon.tcpPort, load)
          #expect(second.exit == .status(0), "\(second.errors)")
          #expect(second.result?.unique == 3_000)
          try await expectConserved(pair.standby.conninfo, unique: 3_000)
        }
      }
    }
  }

  /// The same server runs with an older data directory. System identifier and timeline are equal, and the
  /// producer has an answer to every batch.
  @Test func aDataDirectoryThatIsPutBackIsNoticed() async throws {
    try await withTemporaryDirectory { directory in
      let configuration = ["--data-dir", "\(directory)/data"]
      try await FaultProxy.run(to: .unix(path: "/nowhere"), speaking: .sluice) { proxy in
        try await Daemon.run(arguments: configuration) { daemon in
          _ = try await publish(to: daemon.tcpPort, ["--events", "100"])
          #expect(try await daemon.stop() == .status(0))
        }
        try await copyDirectory("\(directory)/data", to: "\(directory)/copy")
        try await RunningPublisher.runUntilStopped(
          to: [proxy.port], rate: 1_000, ["--batch", "100"]
        ) { publisher in
          try await Daemon.run(arguments: configuration) { daemon in
            proxy.target = daemon.ingest
            try await waitUntil { try await received(by: daemon) >= 2_000 }
            proxy.target = .unix(path: "/nowhere")
            // The orderly stop gives the publisher an answer to each batch.
            #expect(try await daemon.stop() == .status(0))
          }
          try FileManager.default.removeItem(atPath: "\(directory)/data")
          try FileManager.default.moveItem(atPath: "\(directory)/copy", toPath: "\(directory)/data")
          try await Daemon.run(arguments: configuration) { daemon in
            proxy.target = daemon.ingest
            _ = try await publisher.program.errorLine { $0.contains("LINEAGE_LOSS") }
          }
        }
      }
    }
  }

  private func received(by daemon: Daemon) async throws -> Int {
    try await daemon.get("/stats").decode(Stats.self).received
  }

  /// Calls `body` with an address that leads to the primary, and to the standby after `move` has promoted it.
  private func withAddress(
    of pair: StandbyPair, _ former: Former,
    _ body: (_ conninfo: String, _ move: () async throws -> Void) async throws -> Void
  ) async throws {
    guard former == .writable else {
      return try await body(pair.conninfo) {
        switch former {
        case .stopped:
          await pair.primary.stop()
        case .readOnly, .writable:
          let primary = pair.primary.conninfo
          try await SQL.run("ALTER SYSTEM SET default_transaction_read_only = on", on: primary)
          try await SQL.run("SELECT pg_reload_conf()", on: primary)
        }
        try await pair.promote()
      }
    }
    try await withPostgresProxy(to: pair.primary.conninfo) { proxy, proxied in
      try await body(proxied) {
        try await pair.promote()
        proxy.target = .postgres(in: pair.standby.host)
      }
    }
  }
}
