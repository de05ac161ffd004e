import Logging
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The terminal, or what stands in its place: results go to the standard output, everything else to the
/// standard error. A progress line is shown on a terminal only.
final class Console: Sendable {
  private static let interval = Duration.milliseconds(100)

  private let output: @Sendable (String) -> Void
  private let error: @Sendable (String) -> Void
  private let isTerminal: Bool
  /// Whether a progress line stands on the terminal's last line.
  private let hasLine = Mutex(false)

  /// The process's own.
  static let standard = Console(
    isTerminal: isatty(STDERR_FILENO) == 1, output: { write($0, to: STDOUT_FILENO) },
    error: { write($0, to: STDERR_FILENO) })

  /// - Parameter isTerminal: whether a progress line is shown.
  init(
    isTerminal: Bool, output: @escaping @Sendable (String) -> Void,
    error: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.output = output
    self.error = error
  }

  /// Logs warnings as lines for people.
  var logger: Logger { Logger(label: "sluice-publish") { _ in ConsoleLogHandler(console: self) } }

  /// Writes the result.
  func print(_ text: String) {
    output(text + "\n")
  }

  /// Writes a line for people.
  func tell(_ text: String) {
    hasLine.withLock { hasLine in
      error((hasLine ? "\r\u{1B}[K" : "") + text + "\n")
      hasLine = false
    }
  }

  /// Shows how far the run is while `body` runs.
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
      // Ends early when the run is over, which the loop looks at.
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

  private static func write(_ text: String, to descriptor: CInt) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      // A reader that went away needs no result.
      guard written > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, written))
    }
  }

  private static func systemWrite(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
      Darwin.write(descriptor, start, count)
    #else
      Glibc.write(descriptor, start, count)
    #endif
  }
}
