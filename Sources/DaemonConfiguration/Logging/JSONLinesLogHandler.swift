internal import Foundation
public import Logging

/// Writes each log event as one JSON object on a line of its own:
/// `{"time":…,"level":…,"logger":…,"message":…,"error":…,"metadata":{…}}`.
///
/// A line is written by one `write`, so lines of several threads or processes do not mix.
public struct JSONLinesLogHandler: LogHandler {
  /// The lowest level that is written.
  public var logLevel = Logger.Level.info
  /// The metadata of every line.
  public var metadata: Logger.Metadata = [:]
  /// The provider that is asked for metadata at each line.
  public var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let output: LineOutput

  /// A handler for the logger `label` that writes to `output`.
  public init(label: String, output: LineOutput) {
    self.label = label
    self.output = output
  }

  /// An entry of the metadata of every line.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes `event`.
  public func log(event: LogEvent) {
    var line = JSONText()
    line.open()
    line.member("time", Date.now.formatted(Self.timeFormat))
    line.member("level", event.level.rawValue)
    line.member("logger", label)
    line.member("message", event.message.description)
    if let error = event.error { line.member("error", "\(error)") }
    let all = merged(with: event.metadata)
    if !all.isEmpty { line.member("metadata", all) }
    line.close()
    output.write(line.text + "\n")
  }

  /// Returns the metadata of one line. If a key has several values, the event's value precedes the
  /// provider's, and the provider's precedes the handler's.
  private func merged(with own: Logger.Metadata?) -> Logger.Metadata {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let own { all.merge(own) { _, new in new } }
    return all
  }

  private static let timeFormat = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
