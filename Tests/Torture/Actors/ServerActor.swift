import FaultProxy
import Foundation
import Synchronization

/// One `sluiced`, with a proxy in front of it and one in front of its database. A thread keeps the server
/// running, and the plan kills it.
final class ServerActor: Sendable {
  /// Program, arguments and environment of the server, without its ports.
  struct Setting: Sendable {
    let program: String
    let arguments: [String]
    let environment: [String: String]
    let log: String
    let name: String
    let runLog: RunLog
  }

  private struct State {
    var child: ChildProcess?
    var isReady = false
    var isStopping = false
    var kills = 0
    /// Time of the kill and the number of the database at that time; nil once the server is ready again.
    var killed: (at: ContinuousClock.Instant, database: Int)?
    var restarts: [Duration] = []
    /// Ends of the server that the plan did not cause.
    var failures: [String] = []
  }

  /// Proxy in front of the server's port. Producers connect to this proxy only.
  let ingest: FaultProxy
  /// The port that producers connect to.
  var port: Int { ingest.port }

  private let setting: Setting
  private let database: @Sendable () -> Int?
  private let state = Mutex(State())

  /// - Parameter database: Returns a number that changes each time the database was unavailable; nil while
  ///   the database is unavailable.
  init(_ setting: Setting, database: @escaping @Sendable () -> Int?) throws {
    self.setting = setting
    self.database = database
    // Until the server is ready, the proxy's target is a path where nobody listens.
    ingest = try FaultProxy(to: .unix(path: "/nowhere"), speaking: .sluice)
  }

  var isReady: Bool { state.withLock { $0.isReady } }
  var kills: Int { state.withLock { $0.kills } }
  /// Times from SIGKILL to the ready line. Only restarts during which the database was never unavailable.
  var restarts: [Duration] { state.withLock { $0.restarts } }
  var failures: [String] { state.withLock { $0.failures } }

  /// Starts the server and keeps it running.
  /// - Throws: `SystemFailure` when the server does not become ready within 60 s.
  func start() throws {
    Thread.detachNewThread { [self] in keepRunning() }
    guard Clock.wait(limit: .seconds(60), { isReady }) else {
      throw SystemFailure("sluiced did not become ready; see \(setting.log)")
    }
  }

  /// Sends SIGKILL. The server is started again.
  func kill() {
    state.withLock { state in
      guard state.child?.send(SIGKILL) == true else { return }
      state.kills += 1
      setting.runLog.note("sluiced \(setting.name) is killed")
      state.killed = database().map { (.now, $0) }
      state.isReady = false
    }
  }

  /// Sends SIGTERM and does not start the server again. Waits at most 40 s for the end.
  func stop() {
    let child = state.withLock { state in
      state.isStopping = true
      return state.child
    }
    child?.send(SIGTERM)
    Clock.wait(limit: .seconds(40)) { state.withLock { $0.child == nil } }
    ingest.close()
  }

  private func keepRunning() {
    while !state.withLock({ $0.isStopping }) {
      let ports = ["--tcp-port", "0", "--http-port", "0"]
      guard
        let child = try? ChildProcess(
          setting.program, ports + setting.arguments, environment: setting.environment, log: setting.log,
          isOutputRead: true), let output = child.output
      else { return }
      state.withLock { $0.child = child }
      if let port = Self.readyPort(output) {
        ingest.target = .tcp(port: port)
        ready()
      }
      ended(child.wait())
      close(output)
    }
  }

  private func ready() {
    state.withLock { state in
      state.isReady = true
      if let killed = state.killed, killed.database == database() {
        state.restarts.append(killed.at.duration(to: .now))
      }
      state.killed = nil
    }
    setting.runLog.note("sluiced \(setting.name) is ready")
  }

  private func ended(_ exit: ChildProcess.Exit) {
    state.withLock { state in
      state.child = nil
      // A server can end before it is ready, for instance because the database was unavailable. It is started
      // again, and the plan goes on.
      if exit != .signal(SIGKILL), !state.isStopping || exit != .status(0) {
        state.failures.append("sluiced ended with \(exit)\(state.isReady ? "" : " before it was ready")")
      }
      state.isReady = false
    }
    if exit != .signal(SIGKILL) { Clock.sleep(.milliseconds(50)) }
  }

  /// Returns the port of the ready line; nil when the program ended without a ready line.
  private static func readyPort(_ descriptor: CInt) -> UInt16? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    struct ReadyLine: Decodable {
      let tcpPort: UInt16
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(ReadyLine.self, from: Data(line)).tcpPort
  }
}
