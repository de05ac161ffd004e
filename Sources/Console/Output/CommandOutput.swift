import Foundation
import Synchronization

/// The terminal or its replacement. Results go to standard output, everything else to standard error.
final class CommandOutput: Sendable {
  /// Whether standard output is a terminal.
  let isTerminal: Bool
  /// Writes results with their looks.
  let paint: Painter

  private let output: @Sendable (String) throws(CommandFailure) -> Void
  private let error: @Sendable (String) -> Void
  /// Whether standard error is a terminal, which shows progress.
  private let showsProgress: Bool
  /// Whether the last line of the terminal is a progress line.
  private let hasLine = Mutex(false)

  /// Standard output and standard error of the process.
  static let standard = CommandOutput(
    isTerminal: isatty(STDOUT_FILENO) == 1, showsProgress: isatty(STDERR_FILENO) == 1,
    environment: ProcessInfo.processInfo.environment,
    output: { text throws(CommandFailure) in
      let code = writeAll(text, to: STDOUT_FILENO)
      if code == EPIPE { throw .readerGone }
      guard code == 0 else {
        throw CommandFailure(
          .failed, "cannot write the result: \(String(cString: strerror(code))); make room")
      }
    },
    // There is no place left to report a failure to.
    error: { _ = writeAll($0, to: STDERR_FILENO) })

  init(
    isTerminal: Bool, showsProgress: Bool, environment: [String: String],
    output: @escaping @Sendable (String) throws(CommandFailure) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.showsProgress = showsProgress
    paint = Painter(isTerminal: isTerminal, environment: environment)
    self.output = output
    self.error = error
  }

  /// Writes lines of the result.
  /// - Throws: `CommandFailure.readerGone` when the reader closed the pipe; a failure when the output is full.
  func print(_ text: String) throws(CommandFailure) {
    clearProgress()
    try output(text + "\n")
  }

  /// Writes a part of the result, without a line feed at its end.
  func write(_ text: String) throws(CommandFailure) {
    clearProgress()
    try output(text)
  }

  /// Writes a line for people.
  func tell(_ text: String) {
    clearProgress()
    error("sluice: \(text)\n")
  }

  /// Shows how far a command is: in a line that the next one replaces, or in a line of its own without a terminal.
  func show(_ progress: String) {
    guard showsProgress else { return error("sluice: \(progress)\n") }
    hasLine.withLock { hasLine in
      hasLine = true
    }
    error("\r\(progress)\u{1B}[K")
  }

  /// Whether progress is shown in a line that is replaced, and so may be shown often.
  var replacesProgress: Bool { showsProgress }

  private func clearProgress() {
    let hadLine = hasLine.withLock { hasLine in
      defer { hasLine = false }
      return hasLine
    }
    if hadLine { error("\r\u{1B}[K") }
  }
}

/// Writes all of `text`. Blocks while the reader does not read.
/// - Returns: 0, or the `errno` of a write that failed.
private func writeAll(_ text: String, to descriptor: CInt) -> CInt {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written > 0 || errno == EINTR else { return errno }
    rest = rest.dropFirst(max(0, written))
  }
  return 0
}
