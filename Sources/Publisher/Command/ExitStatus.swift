/// What the command's exit status says. `--help` lists them.
enum ExitStatus: Int32, CaseIterable {
  /// Everything was done.
  case done = 0
  /// Something was not accepted or not committed.
  case incomplete = 1
  /// The server's counts differ from the run's own.
  case differs = 2
  /// No server could be reached in time, or none that lets this client in.
  case unreachable = 3
  /// Wrong arguments (EX_USAGE of sysexits.h, as the argument parser has it).
  case usage = 64
  /// Lines of the input were no events, or it could not be read (EX_DATAERR).
  case input = 65
  /// Interrupted; what was published before is committed (128 and SIGINT).
  case interrupted = 130

  /// In a few words.
  var meaning: String {
    switch self {
    case .done: "everything was sent and acknowledged"
    case .incomplete: "something was refused or not committed"
    case .differs: "--verify found a difference"
    case .unreachable: "no server was reached in time, or it does not let this client in"
    case .usage: "wrong arguments"
    case .input: "lines of the input are no events (the others were sent), or it cannot be read"
    case .interrupted: "interrupted; what was sent before is committed"
    }
  }
}
