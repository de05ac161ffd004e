internal import ClientLib
public import Logging

/// A backend of swift-log that publishes each line as an event.
///
///     let logs = LogPublisher()
///     LoggingSystem.bootstrap { SluiceLogHandler(label: $0, publisher: logs) }
///     let producer = try await Producer.connect(to: endpoints, configuration: configuration, logger: stderrLogger)
///     logs.start(producer)
///
/// A call never waits for a server, a disk or another task: the line waits in the bounded queue of the publisher, or
/// is lost and counted there. The topic of a line is ``LogPublisher/Settings/topic`` and the label of its logger. The
/// payload has `level`, `label`, `message`, `source`, `file`, `function`, `line`, and `error` and `metadata` if the
/// line has them.
///
/// Give the producer itself a logger with another backend, because its lines are about lost connections.
public struct SluiceLogHandler: LogHandler {
  /// The lowest level that is published.
  public var logLevel: Logger.Level
  /// Metadata of every line of this logger.
  public var metadata: Logger.Metadata = [:]
  /// Adds metadata to each line, such as that of the present task.
  public var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let topic: String
  private let publisher: LogPublisher

  /// A handler for the logger with this label.
  public init(
    label: String, publisher: LogPublisher, level: Logger.Level = .info,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    self.publisher = publisher
    self.metadataProvider = metadataProvider
    logLevel = level
    topic = publisher.topic(of: label)
  }

  /// One value of `metadata`.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Takes a line, or counts it as lost. Returns within microseconds.
  public func log(event: LogEvent) {
    var text = LogText()
    text.line(event, label: label, metadata: merged(event.metadata))
    if text.bytes.count > LogPublisher.mostLineBytes {
      text = LogText()
      text.cutLine(event, label: label, scalars: 1_000)
    }
    publisher.take(topic: topic, payload: text.bytes)
  }

  /// The metadata of a line: its own values go before those of the provider and of the logger.
  func merged(_ own: Logger.Metadata?) -> Logger.Metadata {
    var merged = metadata
    if let provided = metadataProvider?.get(), !provided.isEmpty {
      merged.merge(provided) { _, provided in provided }
    }
    guard let own, !own.isEmpty else { return merged }
    if merged.isEmpty { return own }
    merged.merge(own) { _, own in own }
    return merged
  }
}
