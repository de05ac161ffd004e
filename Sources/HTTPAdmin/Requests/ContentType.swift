/// A media type of a request or an answer.
enum ContentType: String {
  case json = "application/json"
  /// One JSON text on each line (https://github.com/ndjson/ndjson-spec).
  case ndjson = "application/x-ndjson"
  /// Comma-separated values (RFC 4180).
  case csv = "text/csv"
  /// Server-sent events (WHATWG HTML), always in UTF-8.
  case eventStream = "text/event-stream"
  /// A problem document (RFC 9457).
  case problem = "application/problem+json"
  case html = "text/html"
  /// JavaScript (RFC 9239).
  case css = "text/css"
  case javaScript = "text/javascript"
  case svg = "image/svg+xml"
  /// The text exposition format of Prometheus.
  case exposition = "text/plain"

  /// The part before the slash.
  var type: Substring { rawValue.prefix { $0 != "/" } }
  /// The part after the slash.
  var subtype: Substring { rawValue.dropFirst(type.count + 1) }

  /// The value of a `Content-Type` field. JSON is always UTF-8 (RFC 8259, section 8.1); text needs a charset.
  var fieldValue: String {
    switch self {
    case .json, .ndjson, .problem, .eventStream, .svg: rawValue
    case .html, .css, .javaScript: "\(rawValue); charset=utf-8"
    case .csv: "text/csv; charset=utf-8; header=present"
    case .exposition: "text/plain; version=0.0.4; charset=utf-8"
    }
  }
}
