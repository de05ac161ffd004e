/// A media type that this server speaks.
enum ContentType: String {
  case json = "application/json"
  /// A JSON text on each line (https://github.com/ndjson/ndjson-spec).
  case ndjson = "application/x-ndjson"
  /// Server-sent events (WHATWG HTML); always UTF-8.
  case eventStream = "text/event-stream"
  /// RFC 9457.
  case problem = "application/problem+json"
  case html = "text/html"
  case css = "text/css"
  /// RFC 9239.
  case javaScript = "text/javascript"
  case svg = "image/svg+xml"
  /// The text exposition format of Prometheus.
  case exposition = "text/plain"

  /// The part before the slash.
  var type: Substring { rawValue.prefix { $0 != "/" } }
  /// The part behind the slash.
  var subtype: Substring { rawValue.dropFirst(type.count + 1) }

  /// The value of a `Content-Type` field. JSON is UTF-8 always (RFC 8259, section 8.1), text is not.
  var fieldValue: String {
    switch self {
    case .json, .ndjson, .problem, .eventStream, .svg: rawValue
    case .html, .css, .javaScript: "\(rawValue); charset=utf-8"
    case .exposition: "text/plain; version=0.0.4; charset=utf-8"
    }
  }
}
