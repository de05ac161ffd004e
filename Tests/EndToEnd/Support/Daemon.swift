import FaultProxy
import Foundation
import TestSupport

/// A running `sluiced`, with the values of its ready line.
struct Daemon {
  private struct ReadyLine: Decodable {
    let tcpPort: Int
    let httpPort: Int
    let database: String
  }

  let program: Program
  let tcpPort: Int
  let httpPort: Int
  let database: String

  /// The daemon's ingest address, for a proxy.
  var ingest: ProxyAddress { .tcp(port: UInt16(tcpPort)) }

  /// Runs a daemon on free ports over the database of `conninfo` while `body` runs.
  static func run<Value>(
    over conninfo: String, arguments: [String] = [], _ body: (Daemon) async throws -> Value
  ) async throws -> Value {
    try await run(arguments: arguments, environment: ["SLUICE_DATABASE_URL": conninfo], body)
  }

  /// Runs a daemon with these arguments on free ports while `body` runs.
  static func run<Value>(
    tcpPort: Int = 0, arguments: [String], environment: [String: String] = [:],
    _ body: (Daemon) async throws -> Value
  ) async throws -> Value {
    let ports = ["--tcp-port", "\(tcpPort)", "--http-port", "0"]
    let arguments = ports + ForcedStrategy.arguments + arguments
    return try await Program.run("sluiced", arguments: arguments, environment: environment) {
      program in
      let line = try JSONDecoder.snakeCase.decode(
        ReadyLine.self, from: Data(try await program.firstLine().utf8))
      return try await body(
        Daemon(program: program, tcpPort: line.tcpPort, httpPort: line.httpPort, database: line.database))
    }
  }

  /// Requests a stop, and waits for the end.
  func stop() async throws -> Program.Exit {
    program.send(SIGTERM)
    return try await program.exit()
  }

  /// Returns the response to a GET on the daemon's HTTP port.
  func get(_ path: String) async throws -> Answer {
    try await Answer.of(port: httpPort, path)
  }
}

extension MessagePattern {
  /// The ACK frame (`spec/wire-protocol.md`, section 3).
  static let acknowledgement = frame(6)
  /// The HEARTBEAT frame.
  static let heartbeat = frame(9)
}
