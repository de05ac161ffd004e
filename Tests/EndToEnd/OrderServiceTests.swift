import Foundation
import TestSupport
import Testing

/// Tests of the example with a server that comes late, and that is killed.
struct OrderServiceTests {
  private func order(_ port: Int, _ customer: String) async throws -> Curl {
    try await Curl(
      "http://127.0.0.1:\(port)/orders",
      ["--data", #"{"customer":"\#(customer)","total":9.5}"#, "--header", "Content-Type: application/json"])
  }

  private func count(_ topic: String, _ conninfo: String) async throws -> Int {
    Int(try await SQL.value("SELECT count(*) FROM sluice.events WHERE topic = '\(topic)'", on: conninfo))
      ?? -1
  }

  /// The port that the service's log names.
  private func port(of service: Program) async throws -> Int {
    let mark = "listening on 127.0.0.1:"
    let line = try await service.errorLine { $0.contains(mark) }
    let digits = line.split(separator: mark).last?.prefix { $0.isNumber }
    return try #require(Int(digits ?? ""))
  }

  @Test func publishesOrdersAndLogLinesOfBeforeTheServerCame() async throws {
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        // A port on which a server was, and will be.
        let tcpPort = try await Daemon.run(over: conninfo) { daemon async throws -> Int in
          _ = try await daemon.stop()
          return daemon.tcpPort
        }
        let environment = [
          "PORT": "0", "SLUICE": "127.0.0.1:\(tcpPort)", "SPOOL": "\(directory)/spool",
        ]
        try await Program.run("OrderService", environment: environment) { service in
          let port = try await port(of: service)
          for number in 0..<20 { #expect(try await order(port, "c\(number)").status == 202) }
          let later = ["SLUICE_DATABASE_URL": conninfo]
          try await Daemon.run(tcpPort: tcpPort, arguments: [], environment: later) { daemon in
            try await waitUntil { try await count("orders.order.placed", conninfo) == 20 }
            #expect(try await order(port, "last").status == 202)
            service.send(SIGTERM)
            #expect(try await service.exit() == .status(0))
            #expect(try await count("orders.order.placed", conninfo) == 21)
            #expect(
              try await SQL.value(
                "SELECT count(*) FROM sluice.events WHERE payload->>'message' = 'order placed'", on: conninfo)
                == "21")
            #expect(try await daemon.stop() == .status(0))
          }
        }
      }
    }
  }
}
