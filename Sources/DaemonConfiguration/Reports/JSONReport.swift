/// The result of a command as JSON (RFC 8259), for `--json`.
public enum JSONReport: Sendable {
  /// A text.
  case string(String)
  /// A whole number.
  case integer(Int64)
  /// True or false.
  case boolean(Bool)
  /// No value.
  case null
  /// Values in order.
  case array([JSONReport])
  /// Members in order.
  case object(KeyValuePairs<String, JSONReport>)

  /// The text, or `null` for nil.
  public static func optional(_ text: String?) -> JSONReport { text.map { .string($0) } ?? .null }

  /// An array of texts.
  public static func strings(_ texts: some Sequence<String>) -> JSONReport {
    .array(texts.map { .string($0) })
  }

  /// The JSON in one line.
  public var text: String {
    switch self {
    case .string(let text): JSONText.quoted(text)
    case .integer(let number): String(number)
    case .boolean(let truth): truth ? "true" : "false"
    case .null: "null"
    case .array(let elements): "[\(elements.map(\.text).joined(separator: ","))]"
    case .object(let members):
      "{\(members.map { "\(JSONText.quoted($0)):\($1.text)" }.joined(separator: ","))}"
    }
  }
}
