import Logging
import Synchronization

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
  private let error: @Sendable (String) -> Void
  private let isTerminal: Bool
  /// Whether the terminal's last line is a progress line.
  private let hasLine = Mutex(false)

  /// Standard output and standard error of the process.
  static let standard = Console(
    isTerminal: isatty(STDERR_FILENO) == 1,
    output: { text throws(RunFailure) in
      let code = write(text, to: STDOUT_FILENO)
      // A reader that closed the pipe does not need the result.
      guard code == 0 || code == EPIPE else {
        throw RunFailure(.incomplete, "cannot write the result: \(String(cString: strerror(code)))")
      }
    },
    // There is no place left to report a failure to.
    error: { _ = write($0, to: STDERR_FILENO) })

  /// - Parameter isTerminal: whether a progress line is shown.
  init(
    isTerminal: Bool, output: @escaping @Sendable (String) throws(RunFailure) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.output = output
    self.error = error
  }

  /// Logger that writes warnings as lines for people.
  var logger: Logger { Logger(label: "sluice-publish") { _ in ConsoleLogHandler(console: self) } }

  /// Writes the result.
  func print(_ text: String) throws(RunFailure) {
    try output(text + "\n")
  }

  /// Writes a line for people.
  func tell(_ text: String) {
    hasLine.withLock { hasLine in
      error((hasLine ? "\r\u{1B}[K" : "") + text + "\n")
      hasLine = false
    }
  }

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
      show(bar.line(record.totals, elapsed: .now - start))
      // Cancellation ends the sleep early; the loop checks for it.
      try? await Task.sleep(for: Self.interval)
    } while !Task.isCancelled
    show(bar.line(record.totals, elapsed: .now - start))
    hasLine.withLock { hasLine in
      error("\n")
      hasLine = false
    }
  }

  private func show(_ line: String) {
    hasLine.withLock { hasLine in
      error("\r\(line)\u{1B}[K")
      hasLine = true
    }
  }

  /// Returns 0, or the `errno` of a write that failed.
  private static func write(_ text: String, to descriptor: CInt) -> CInt {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 || errno == EINTR else { return errno }
      rest = rest.dropFirst(max(0, written))
    }
    return 0
  }

  private static func systemWrite(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
      Darwin.write(descriptor, start, count)
    #else
      Glibc.write(descriptor, start, count)
    #endif
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
