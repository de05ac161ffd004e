import Base
import CommandSupport
import Logging

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The terminal or its replacement. Results go to the standard output, everything else to the standard
/// error. A progress line is shown on a terminal only.
final class Console: Sendable {
  private static let interval = Duration.milliseconds(100)

  private let output: @Sendable (String) throws(RunFailure) -> Void
  private let messages: MessageLines
  private let isTerminal: Bool

  /// Standard output and standard error of the process.
  static let standard = Console(
    isTerminal: isatty(STDERR_FILENO) == 1,
    output: { text throws(RunFailure) in
      guard let failure = OutputDescriptor.writeResult(text), !failure.isReaderGone else { return }
      throw RunFailure(.incomplete, failure.description)
    },
    // There is no place left to report a failure to.
    error: { _ = OutputDescriptor.write($0, to: STDERR_FILENO) })

  /// - Parameter isTerminal: whether a progress line is shown.
  init(
    isTerminal: Bool, output: @escaping @Sendable (String) throws(RunFailure) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.output = output
    messages = MessageLines(write: error)
  }

  /// Logger that writes warnings as lines for people.
  var logger: Logger { Logger(label: "sluice-publish") { _ in ConsoleLogHandler(console: self) } }

  /// Writes the result.
  func print(_ text: String) throws(RunFailure) {
    try output(text + "\n")
  }

  /// Writes a line for people.
  func tell(_ text: String) { messages.tell(text) }

  /// Shows a progress line while `body` runs.
  func showingProgress<Result: Sendable>(
    of record: RunRecord, expected: UInt64?, _ body: @Sendable () async -> Result
  ) async -> Result {
    guard isTerminal else { return await body() }
    return await withDiscardingTaskGroup { group in
      group.addTask { await self.showProgress(of: record, expected: expected) }
      let result = await body()
      group.cancelAll()
      return result
    }
  }

  private func showProgress(of record: RunRecord, expected: UInt64?) async {
    let start = ContinuousClock.now
    var bar = ProgressBar(expected: expected)
    repeat {
      messages.show(bar.line(record.totals, elapsed: .now - start))
      // Cancellation ends the sleep early; the loop checks for it.
      try? await Task.sleep(for: Self.interval)
    } while !Task.isCancelled
    messages.show(bar.line(record.totals, elapsed: .now - start))
    messages.keep()
  }
}

/// Writes log messages of connections as lines for people, separate from the progress line.
struct ConsoleLogHandler: LogHandler {
  var logLevel = Logger.Level.warning
  var metadata: Logger.Metadata = [:]
  let console: Console

  init(console: Console) {
    self.console = console
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    console.tell("sluice-publish: \(event.level): \(event.message)")
  }
}
