import FaultProxy
import Foundation
import TestSupport
import Testing

/// The history of a real server.
struct HistoryTests {
  private struct History: Decodable {
    struct Series: Decodable {
      let intervalSeconds: Int
      let figures: Figures
      let topics: [Topic]
    }

    struct Topic: Decodable {
      let topic: String
      let unique: [Int?]
    }

    struct Figures: Decodable {
      let received: [Int?]
      let unique: [Int?]
      let storeAvailable: [Bool?]
      let commitP99Ms: [Double?]
    }

    let series: [Series]
  }

  private func seconds(_ daemon: Daemon, _ query: String = "") async throws -> History.Series {
    try #require(try await daemon.get("/history\(query)").decode(History.self).series.first)
  }

  @Test func showsAfterwardsThatTheStoreWasUnavailable() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await withPostgresProxy(to: conninfo) { database, proxied in
        try await Daemon.run(over: proxied) { daemon in
          let (exit, result, errors) = try await publish(to: daemon.tcpPort, ["--events", "500"])
          #expect(exit == .status(0), "\(errors)")
          let unique = try #require(result?.uniqueExpected)
          try await waitUntil {
            try await seconds(daemon).figures.unique.compactMap(\.self).reduce(0, +) == unique
          }
          try await RunningPublisher.runUntilStopped(to: [daemon.tcpPort], rate: 100) { publisher in
            // Before its first event a publisher may not handle the signal that stops it.
            try await waitUntil {
              try await seconds(daemon).figures.received.compactMap(\.self).reduce(0, +) > 500
            }
            let target = database.target
            database.target = .unix(path: "/nowhere")
            database.cutAll()
            try await waitUntil { try await seconds(daemon).figures.storeAvailable.last == .some(false) }
            database.target = target
            try await waitUntil { try await seconds(daemon).figures.storeAvailable.last == .some(true) }
            publisher.stop()
            _ = try await publisher.finish()
          }
          let series = try await seconds(daemon, "?since=-1h")
          #expect(series.intervalSeconds == 1)
          let available = series.figures.storeAvailable.compactMap(\.self)
          // The last figure may be of a second in which a connection was tried again.
          let failure = try #require(available.firstIndex(of: false))
          #expect(available[failure...].contains(true))
          #expect(series.figures.unique.count == series.figures.storeAvailable.count)
          #expect(series.figures.commitP99Ms.contains { ($0 ?? 0) > 0 })
          let busiest = try #require(series.topics.first)
          let known = try await daemon.get("/topics").text
          #expect(known.contains("\"\(busiest.topic)\""))
          #expect(busiest.unique.compactMap(\.self).reduce(0, +) > 0)
          #expect(try await seconds(daemon, "?since=9999-01-01T00:00:00Z").figures.unique.isEmpty)
        }
      }
    }
  }
}
