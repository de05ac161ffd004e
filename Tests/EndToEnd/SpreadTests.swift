import Foundation
import TestSupport
import Testing

/// Tests of servers over one database whose producers spread keys over them.
struct SpreadTests {
  private let spread = ["--spread", "keys", "--batch", "200", "--connections", "2"]

  /// Two publishers send the same keys, 35% of them more than once. One of three servers is killed, and a new
  /// server takes its place while they publish.
  @Test func keysMoveFromAServerThatIsKilledAndToOneThatComes() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { one in
        try await Daemon.run(over: conninfo) { two in
          try await Daemon.run(over: conninfo) { killed in
            let ports = [one.tcpPort, two.tcpPort, killed.tcpPort]
            let load = spread + ["--seed", "31", "--duplicates", "0.35"]
            try await RunningPublisher.runUntilStopped(to: ports, rate: 4_000, load) { first in
              try await RunningPublisher.runUntilStopped(to: ports.reversed(), rate: 4_000, load) { second in
                for server in [one, two, killed] { try await waitForShare(of: server) }
                killed.program.send(SIGKILL)
                _ = try await killed.program.exit()
                try await waitForEvents(10_000, in: conninfo)
                let environment = ["SLUICE_DATABASE_URL": conninfo]
                try await Daemon.run(tcpPort: killed.tcpPort, arguments: [], environment: environment) {
                  added in
                  let start = ContinuousClock.now
                  try await waitForShare(of: added)
                  // The bound is a minute. A machine that runs all tests at once gets 30 s more.
                  #expect(ContinuousClock.now - start < .seconds(90))
                  // Two publishers of two connections have an identity for each of three servers.
                  let producers = "SELECT count(DISTINCT producer) FROM sluice.batches"
                  try await waitUntil { try await SQL.value(producers, on: conninfo) == "12" }
                  for publisher in [first, second] { publisher.stop() }
                  let results = [try await first.finish(), try await second.finish()]
                  #expect(results.allSatisfy { $0.reconnects >= 2 && $0.dead == 0 })
                  // Both publishers send the same sequence of events, one of them a longer part.
                  let unique = try #require(results.compactMap(\.uniqueExpected).max())
                  try await expectConserved(conninfo, unique: unique)
                  let sums = try await StoredSums.read(conninfo)
                  #expect(sums.received == results[0].eventsSent + results[1].eventsSent)
                  #expect(try await SQL.value(producers, on: conninfo) == "12")
                }
              }
            }
          }
        }
      }
    }
  }

  @Test func theResultSumsTheServers() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { one in
        try await Daemon.run(over: conninfo) { two in
          try await RunningPublisher.run(
            to: [one.tcpPort, two.tcpPort], events: 20_000,
            spread + ["--verify", "http://127.0.0.1:\(one.httpPort)"]
          ) { publisher in
            let result = try await publisher.finish(alone: conninfo)
            #expect(result.eventsSent == 20_000)
            #expect(result.unique + result.duplicates == 20_000)
            for server in [one, two] { try await waitForShare(of: server) }
          }
        }
      }
    }
  }

  private struct Listed: Decodable {
    struct Server: Decodable {
      let address: String
      let alive: Bool
    }
    let servers: [Server]
  }

  @Test func everyServerListsTheServersOfItsDatabase() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { one in
        let both = try await Daemon.run(over: conninfo) { two in
          let ports = Set([one, two].map { ":\($0.tcpPort)" })
          for server in [one, two] {
            try await waitUntil {
              let listed: Listed = try await server.get("/stats").decode()
              return Set(listed.servers.map { String($0.address.drop { $0 != ":" }) }) == ports
                && listed.servers.allSatisfy(\.alive)
            }
          }
          let ending = try await two.stop()
          #expect(ending == .status(0))
          return ports
        }
        #expect(both.count == 2)
        // `/stats` may show the list of a moment ago.
        try await waitUntil {
          let listed: Listed = try await one.get("/stats").decode()
          return listed.servers.map { String($0.address.drop { $0 != ":" }) } == [":\(one.tcpPort)"]
        }
      }
    }
  }

  /// Waits until a server has committed batches.
  private func waitForShare(of server: Daemon) async throws {
    try await waitUntil {
      let text = try await server.get("/metrics").text
      return text.matches(of: /sluice_committed_groups_total\{[^}]*\} (\d+)/).contains { $0.output.1 != "0" }
    }
  }
}
