/// A form in which files have events.
enum LineFormat: String, CaseIterable, Sendable {
  /// A JSON value a line.
  case ndjson
  /// JSON values with any spaces between them, or an array of values.
  case json
  case csv, logfmt, syslog
  /// Lines of text, each the member `message` of an object.
  case raw

  /// The boundaries of the records.
  var boundary: RecordBoundary.Kind {
    switch self {
    case .ndjson, .logfmt, .syslog, .raw: .lines
    case .csv: .quotedLines
    case .json: .values
    }
  }

  /// Whether each line can be read without the lines before it.
  var hasIndependentLines: Bool { boundary == .lines }
}
