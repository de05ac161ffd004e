import Logging
import Synchronization

/// A logged line.
struct LogLine: Sendable {
  let level: Logger.Level
  let message: String
  let metadata: [String: String]
}

/// Stores the logged lines.
final class LogMemory: Sendable {
  private let stored = Mutex<[LogLine]>([])

  /// All lines so far.
  var lines: [LogLine] { stored.withLock { $0 } }

  /// A logger that writes to this memory.
  var logger: Logger { Logger(label: "test") { _ in Handler(memory: self) } }

  private struct Handler: LogHandler {
    let memory: LogMemory
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let values = (event.metadata ?? [:]).mapValues { "\($0)" }
      memory.stored.withLock {
        $0.append(LogLine(level: event.level, message: "\(event.message)", metadata: values))
      }
    }
  }
}
