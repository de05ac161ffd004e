import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests of two servers over one database.
struct TwoServersTests {
  @Test func producersMoveToTheOtherServerWhenOneIsKilled() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { one in
        try await Daemon.run(over: conninfo) { two in
          let ports = [one.tcpPort, two.tcpPort]
          // Both publishers send the same events, so that each key is published by both.
          let load = ["--seed", "23", "--batch", "300"]
          try await RunningPublisher.runUntilStopped(to: ports, rate: 10_000, load) { first in
            try await RunningPublisher.runUntilStopped(
              to: ports.reversed(), rate: 10_000, load
            ) { second in
              try await waitForEvents(10_000, in: conninfo)
              one.program.send(SIGKILL)
              // The first publisher continues with the other server.
              try await waitForEvents(40_000, in: conninfo)
              for publisher in [first, second] { publisher.stop() }
              let results = [try await first.finish(), try await second.finish()]
              #expect(results[0].reconnects >= 1)
              // Both publishers send the same sequence of events, one of them a longer part.
              let unique = try #require(results.compactMap(\.uniqueExpected).max())
              try await expectConserved(conninfo, unique: unique)
              let sums = try await StoredSums.read(conninfo)
              #expect(sums.received == results[0].eventsSent + results[1].eventsSent)
            }
          }
        }
      }
    }
  }

  /// A server's transaction hangs in the middle of its COPY. The server disappears without the database
  /// noticing, so the transaction keeps its locks. The producer sends the same batches to the other server.
  @Test func aTransactionThatNobodyEndsStopsTheOtherServerForAMoment() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { database, proxied in
        try await Daemon.run(over: proxied, arguments: ["--writers-count", "1"]) { stuck in
          try await Daemon.run(over: conninfo) { other in
            let ports = [stuck.tcpPort, other.tcpPort]
            try await RunningPublisher.runUntilStopped(to: ports, rate: 10_000) { publisher in
              try await waitForEvents(3_000, in: conninfo)
              let hole = database.arm(Fault(.blackhole, .toServer, .before(.postgres("d"))))
              try await waitUntil { hole.hasHappened }
              let orphan = try await orphan(in: conninfo)
              stuck.program.send(SIGKILL)
              publisher.stop()
              let clock = ContinuousClock()
              let start = clock.now
              let result = try await publisher.finish(alone: conninfo)
              #expect(result.reconnects >= 1)
              // The design's bound is 20 s. A machine that runs all tests at once gets 20 s more.
              #expect(clock.now - start < .seconds(40))
              let left = try await SQL.value(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = \(orphan)", on: conninfo)
              #expect(left == "0")
            }
          }
        }
      }
    }
  }

  /// Returns the process of the backend that is in the middle of a transaction and waits for its client.
  private func orphan(in conninfo: String) async throws -> String {
    let sql = """
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sluice'
        AND backend_xid IS NOT NULL AND wait_event = 'ClientRead' AND state_change < now() - interval '100 ms'
      """
    var found: String?
    try await waitUntil {
      found = try await SQL.run(sql, on: conninfo).first?.first ?? nil
      return found != nil
    }
    return try #require(found)
  }
}
