import Base

/// Writes JSON that is safe to show on a terminal: control characters, line separators and marks of direction are
/// escaped, which changes no value (RFC 8259, section 7).
enum JSONText {
  /// Returns a value in one line.
  static func line(_ value: JSONValue) -> String {
    var text = ""
    write(value, to: &text, indent: nil)
    return text
  }

  /// Returns a value over several lines, indented by two spaces a level.
  static func pages(_ value: JSONValue) -> String {
    var text = ""
    write(value, to: &text, indent: 0)
    return text
  }

  private static func write(_ value: JSONValue, to text: inout String, indent: Int?) {
    switch value {
    case .object(let members):
      list(members, "{", "}", to: &text, indent) { member, text, indent in
        text += string(member.name) + (indent == nil ? ":" : ": ")
        write(member.value, to: &text, indent: indent)
      }
    case .array(let elements):
      list(elements, "[", "]", to: &text, indent) { write($0, to: &$1, indent: $2) }
    case .string(let value): text += string(value)
    case .number(let digits): text += digits
    case .bool(let truth): text += truth ? "true" : "false"
    case .null: text += "null"
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String, _ indent: Int?,
    _ write: (Element, inout String, Int?) -> Void
  ) {
    let inner = indent.map { $0 + 1 }
    text += open
    for (place, element) in elements.enumerated() {
      if place > 0 { text += "," }
      if let inner { text += "\n" + String(repeating: "  ", count: inner) }
      write(element, &text, inner)
    }
    if let indent, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += close
  }

  /// Returns a string with its quotation marks.
  private static func string(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where VisibleText.isVisible(scalar): text.unicodeScalars.append(scalar)
      default: VisibleText.appendJSONEscape(of: scalar, to: &text)
      }
    }
    return text + "\""
  }
}
