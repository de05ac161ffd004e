internal import Logging

/// Where the daemon's log goes.
public enum DaemonLog {
  /// Sends every logger's lines to standard error, as `settings` say. Once in a process, before any
  /// logger is made.
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
