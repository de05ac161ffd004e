internal import Base
internal import Logging

/// Watches a running server: restarts it when it has ended or cannot be reached, and bounds the size of its
/// log.
struct ServerWatch: Sendable {
  let control: ServerControl
  let trouble: ServerTrouble
  let logger: Logger

  /// The interval between two checks of the server.
  private static let interval = Duration.milliseconds(200)
  /// The longest pause between two attempts to restart the server.
  private static let longestPause = Duration.seconds(5)

  /// Watches `first` and the servers that replace it, until the task is cancelled or the process ends in a
  /// hurry.
  func run(_ first: ServerProcess) async {
    var process = first
    var socket = control.socketFile
    var pause = Self.interval
    var isKnown = true
    while !Task.isCancelled, !control.ending.isSet {
      do {
        try await Task.sleep(for: pause)
        let isNowKnown = process.life != .unknown
        if isKnown, !isNowKnown {
          logger.warning("cannot tell whether embedded PostgreSQL runs; no action is taken")
        }
        isKnown = isNowKnown
        let reason = reason(against: process, socket)
        guard let reason else {
          try control.log.trim()
          // The file may have been invisible when the server became ready.
          socket = socket ?? control.socketFile
          pause = Self.interval
          continue
        }
        logger.error(
          "embedded PostgreSQL \(reason); starting it again", metadata: ["pid": "\(process.pid)"])
        trouble.began("the embedded PostgreSQL \(reason)")
        // Only a new start makes a socket, because Postgres creates its socket once.
        if process.isRunning { await control.stop(process) }
        process = try await control.bringUp().process
        socket = control.socketFile
        pause = Self.interval
        trouble.ended()
        logger.info("embedded PostgreSQL is ready again", metadata: ["pid": "\(process.pid)"])
      } catch is CancellationError {
        return
      } catch EmbeddedPostgresError.interrupted {
        return
      } catch {
        logger.error("embedded PostgreSQL needs attention", metadata: ["error": "\(error)"])
        pause = min(pause * 2, Self.longestPause)
        assert(pause >= Self.interval, "the pause grows from its shortest")
      }
    }
  }

  /// Returns why the server must be restarted; nil while it runs and can be reached, and when the system does
  /// not say.
  private func reason(against process: ServerProcess, _ socket: FileStatus.Identity?) -> String? {
    guard process.isRunning else { return "ended" }
    return control.obstacle(since: socket).map { "cannot be reached, because \($0)" }
  }
}
