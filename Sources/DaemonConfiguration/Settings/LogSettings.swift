public import Logging

/// What is logged, and how. The log goes to standard error.
public struct LogSettings: Sendable {
  /// The lowest level that is written.
  public var level = Logger.Level.info
  /// Text for people, or one JSON object a line for machines.
  public var format = LogFormat.text

  /// The defaults.
  public init() {}
}

/// The form of a log line.
public enum LogFormat: String, CaseIterable, Sendable {
  /// Text for people.
  case text
  /// One JSON object a line.
  case json
}
