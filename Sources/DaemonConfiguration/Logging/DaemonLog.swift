internal import Glibc
internal import Logging

/// The destination of the daemon's log.
public enum DaemonLog {
  /// Sends the lines of every logger to standard error, in the form that `settings` choose. Must be called
  /// once in a process, before any logger is made.
  public static func bootstrap(_ settings: LogSettings) {
    LoggingSystem.bootstrap { label in
      var handler: any LogHandler =
        switch settings.format {
        case .text: StreamLogHandler.standardError(label: label)
        case .json: JSONLinesLogHandler(label: label, output: .standardError)
        }
      handler.logLevel = settings.level
      return handler
    }
  }
}

/// The destination of log lines: an open file descriptor that outlives the process's loggers.
public struct LineOutput: Sendable {
  private let descriptor: Int32

  /// Standard error.
  public static let standardError = LineOutput(descriptor: STDERR_FILENO)

  /// An output to the open `descriptor`, which its owner closes.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Writes `line` in one system call, or in several if the kernel accepts only a part at a time. Drops the
  /// rest of a line that cannot be written, because the failure cannot be reported anywhere.
  func write(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
