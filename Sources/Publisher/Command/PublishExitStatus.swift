import ClientLib

/// Exit status of the command. `--help` lists them.
enum PublishExitStatus: Int32, CaseIterable {
  /// Everything was published and committed. A run that follows files ends so when it is stopped.
  case done = 0
  /// An event was refused, not committed or dead, or the result could not be written.
  case incomplete = 1
  /// The server's counts differ from the counts of the run.
  case differs = 2
  /// No server that accepts this client was reached in time, or `--verify` found no server.
  case unreachable = 3
  /// Wrong arguments: EX_USAGE of sysexits.h, which the argument parser uses, too.
  case usage = 64
  /// Lines of the input are not events, or the input cannot be read: EX_DATAERR of sysexits.h.
  case input = 65
  /// Interrupted: 128 + SIGINT. Events that were published before are committed.
  case interrupted = 130

  /// The meaning in a few words for `--help`.
  var meaning: String {
    switch self {
    case .done: "everything was sent and acknowledged; with --follow also after SIGTERM or SIGINT"
    case .incomplete: "an event was refused, not committed, or is dead (it can never be stored)"
    case .differs: "--verify found a difference"
    case .unreachable:
      "no server that accepts this client was reached in time, or --verify reached none"
    case .usage: "wrong arguments"
    case .input: "lines of the input are not events (the others were sent), or the input cannot be read"
    case .interrupted: "interrupted; what was sent before is committed (otherwise 1)"
    }
  }
}

/// Why a run ends before its work is done: exit status and one line for people.
struct RunFailure: Error, Hashable, CustomStringConvertible {
  let status: PublishExitStatus
  let description: String

  init(_ status: PublishExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}

extension RunFailure {
  /// The failure for an error that ended a producer.
  init(_ error: ProducerError) {
    switch error.code {
    case .unreachable, .notAuthorized, .incompatible: self.init(.unreachable, "\(error)")
    default: self.init(.incomplete, "\(error)")
    }
  }
}
