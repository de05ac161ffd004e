/// Exit status of the command. `--help` lists them. The numbers are an interface, because scripts read them; they
/// are those of `sluice-publish` where both programs have the same case.
enum ConsoleExitStatus: Int32, CaseIterable, Sendable {
  /// The command did what it was told. A reader that closes the pipe ends a command so, too.
  case done = 0
  /// There is no such event or dead event, or the server refused or failed the request.
  case failed = 1
  /// No answer came, or the server says that it cannot answer now (429, 503).
  case unreachable = 3
  /// The server asks for a key, or does not accept the key (401, 403).
  case noAccess = 4
  /// Wrong arguments: EX_USAGE of sysexits.h, which the argument parser uses, too.
  case usage = 64

  /// The meaning in a few words for `--help`.
  var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "nothing has this name, or the server refused or failed the request"
    case .unreachable: "the server is away, did not answer in time, or cannot answer now"
    case .noAccess: "the server asks for a key, or refuses this one"
    case .usage: "wrong arguments, or a key file that cannot be used"
    }
  }
}

/// The reason why a command ends before its work is done: exit status, and one line for people.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
  let status: ConsoleExitStatus
  /// One line that says what is wrong, why, and what to do; "" when there is nothing to say.
  let description: String

  init(_ status: ConsoleExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// The reader of standard output closed it, as `head` does. That is no error: it has what it wanted.
  static let readerGone = CommandFailure(.done, "")
}
