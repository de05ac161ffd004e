import Logging

/// Writes what the connections log as lines for people, which do not mix with the progress line.
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
