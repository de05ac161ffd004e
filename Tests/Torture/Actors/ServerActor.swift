import FaultProxy
import Foundation
import Synchronization

/// One `sluiced` with a proxy on each side: kept running by a thread, killed by the plan.
final class ServerActor: Sendable {
  /// How it is started, beside its ports.
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
    /// When it was killed, and what the database was then, until it is ready again.
    var killed: (at: ContinuousClock.Instant, database: Int)?
    var restarts: [Duration] = []
    /// Ends that nobody asked for.
    var failures: [String] = []
  }

  /// In front of its port; producers know no other.
  let ingest: FaultProxy
  /// The port that producers connect to.
  var port: Int { ingest.port }

  private let setting: Setting
  private let database: @Sendable () -> Int?
  private let state = Mutex(State())

  /// - Parameter database: A number that changes whenever the database was away; nil while it is.
  init(_ setting: Setting, database: @escaping @Sendable () -> Int?) throws {
    self.setting = setting
    self.database = database
    // Where nobody listens, until the server is ready.
    ingest = try FaultProxy(to: .unix(path: "/nowhere"), speaking: .sluice)
  }

  var isReady: Bool { state.withLock { $0.isReady } }
  var kills: Int { state.withLock { $0.kills } }
  /// From SIGKILL to the ready line, where the database was there all the time.
  var restarts: [Duration] { state.withLock { $0.restarts } }
  var failures: [String] { state.withLock { $0.failures } }

  /// Starts it, and keeps it running.
  /// - Throws: `SystemFailure` when it does not become ready.
  func start() throws {
    Thread.detachNewThread { [self] in keepRunning() }
    guard Clock.wait(limit: .seconds(60), { isReady }) else {
      throw SystemFailure("sluiced did not become ready; see \(setting.log)")
    }
  }

  /// SIGKILL.
  func kill() {
    state.withLock { state in
      guard state.child?.send(SIGKILL) == true else { return }
      state.kills += 1
      setting.runLog.note("sluiced \(setting.name) is killed")
      state.killed = database().map { (.now, $0) }
      state.isReady = false
    }
  }

  /// Asks it to end, for good.
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
      // Not ready because the database was away, for instance: it is started again, and the plan goes on.
      if exit != .signal(SIGKILL), !state.isStopping || exit != .status(0) {
        state.failures.append("sluiced ended with \(exit)\(state.isReady ? "" : " before it was ready")")
      }
      state.isReady = false
    }
    if exit != .signal(SIGKILL) { Clock.sleep(.milliseconds(50)) }
  }

  /// The port of the ready line; nil when the program ended without one.
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
