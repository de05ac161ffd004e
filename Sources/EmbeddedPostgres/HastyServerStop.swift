internal import Base
internal import Glibc

/// The hasty stop of the server of a data directory that this process holds, for when there is no time for an
/// orderly stop: after a second signal, or when a command is interrupted.
public final class HastyServerStop: Sendable {
  /// Set when `run` begins. No server is started from then on.
  let ending = StopSignal()
  private let directory: DataDirectory

  /// The longest time of a fast shutdown, which ends every session and writes a checkpoint.
  private static let fast = Duration.seconds(3)
  /// The longest time of an immediate shutdown, which costs a recovery at the next start. Postgres itself
  /// kills processes that have not ended after 5 s.
  private static let immediate = Duration.seconds(7)
  /// The pause between two checks for a server.
  private static let poll = Duration.milliseconds(20)

  init(_ directory: DataDirectory) {
    self.directory = directory
  }

  /// Ends the server within 10 s, even in a cancelled task: a fast shutdown first, then an immediate one.
  /// - Returns: nil when no process of a server is left; else one line that says that the server still runs,
  ///   and why.
  public func run() async -> String? {
    ending.set()
    let clock = ContinuousClock()
    let start = clock.now
    var told: [Int32: Set<ServerProcess>] = [:]
    while true {
      let age = start.duration(to: clock.now)
      do throws(EmbeddedPostgresError) {
        guard try isServerLeft() else { return nil }
        let signal = age < Self.fast ? SIGINT : SIGQUIT
        if let process = try directory.server(), told[signal, default: []].insert(process).inserted {
          process.send(signal)
          // A stopped process (SIGSTOP) handles the signal only after SIGCONT.
          process.send(SIGCONT)
        }
        guard age < Self.fast + Self.immediate else {
          return stays("it did not end within \(age.components.seconds) s")
        }
      } catch {
        guard age < Self.fast else { return stays(error.description) }
      }
      // A sleep throws only when its task is cancelled, and nobody cancels this detached task.
      await Task.detached { try? await clock.sleep(for: Self.poll) }.value
    }
  }

  /// Whether any process of a server is left. The lock also reveals a server that has not written its pid
  /// file yet.
  private func isServerLeft() throws(EmbeddedPostgresError) -> Bool {
    if try directory.server() != nil { return true }
    do throws(EmbeddedPostgresError) {
      _ = try ServerLock(directory: directory.path)
      return false
    } catch .heldElsewhere {
      return true
    }
  }

  private func stays(_ reason: String) -> String {
    "the embedded PostgreSQL on \(directory.cluster) still runs: \(reason); the next start takes it over, and"
      + " pg_ctl stop -D \(directory.cluster) ends it"
  }
}
