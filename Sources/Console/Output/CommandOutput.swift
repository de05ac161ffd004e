import Base
import CommandSupport
import Foundation

/// The terminal or its replacement. Results go to standard output, everything else to standard error.
final class CommandOutput: Sendable {
  /// Whether standard output is a terminal.
  let isTerminal: Bool
  /// Writes results with their looks.
  let paint: Painter

  private let output: @Sendable (String) throws(CommandFailure) -> Void
  private let messages: MessageLines
  /// Whether standard error is a terminal, which shows progress.
  private let showsProgress: Bool

  /// Standard output and standard error of the process.
  static let standard = CommandOutput(
    isTerminal: isatty(STDOUT_FILENO) == 1, showsProgress: isatty(STDERR_FILENO) == 1,
    environment: ProcessInfo.processInfo.environment,
    output: { text throws(CommandFailure) in
      guard let failure = OutputDescriptor.writeResult(text) else { return }
      throw failure.isReaderGone ? .readerGone : CommandFailure(.failed, failure.description)
    },
    // There is no place left to report a failure to.
    error: { _ = OutputDescriptor.write($0, to: STDERR_FILENO) })

  init(
    isTerminal: Bool, showsProgress: Bool, environment: [String: String],
    output: @escaping @Sendable (String) throws(CommandFailure) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.showsProgress = showsProgress
    paint = Painter(isTerminal: isTerminal, environment: environment)
    self.output = output
    messages = MessageLines(write: error)
  }

  /// Writes lines of the result.
  /// - Throws: `CommandFailure.readerGone` when the reader closed the pipe; a failure when the output is full.
  func print(_ text: String) throws(CommandFailure) {
    messages.clear()
    try output(text + "\n")
  }

  /// Writes a part of the result, without a line feed at its end.
  func write(_ text: String) throws(CommandFailure) {
    messages.clear()
    try output(text)
  }

  /// Writes a line for people.
  func tell(_ text: String) { messages.tell("sluice: \(text)") }

  /// Shows how far a command is: in a line that the next one replaces, or in a line of its own without a terminal.
  func show(_ progress: String) {
    if showsProgress { messages.show(progress) } else { tell(progress) }
  }

  /// Whether progress is shown in a line that is replaced, and so may be shown often.
  var replacesProgress: Bool { showsProgress }
}
