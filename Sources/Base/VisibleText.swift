/// Text of others as terminals and logs may show it: without control sequences, and without characters that show other
/// characters in another order or hide them.
package enum VisibleText {
  /// Appends a scalar to `text`: control characters, line separators, marks of direction and other invisible characters as
  /// `\u{…}`, `\n`, `\r` or `\t`, and a backslash as two.
  package static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar {
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case _ where isVisible(scalar): text.unicodeScalars.append(scalar)
    default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }

  /// Returns a text of a program with names of others in one line: as `append`, but with its backslashes as they are.
  package static func shown(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(isVisible) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if scalar == "\\" { shown += "\\" } else { append(scalar, to: &shown) }
    }
    return shown
  }

  /// Appends the escape of a scalar in a string of JSON (RFC 8259, section 7), which changes no value.
  package static func appendJSONEscape(of scalar: Unicode.Scalar, to text: inout String) {
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  /// Returns JSON without line feeds between its tokens, in which all that is not visible is escaped.
  package static func shownJSON(_ json: String) -> String {
    guard !json.unicodeScalars.allSatisfy(isVisible) else { return json }
    var shown = ""
    for scalar in json.unicodeScalars {
      if isVisible(scalar) {
        shown.unicodeScalars.append(scalar)
      } else {
        appendJSONEscape(of: scalar, to: &shown)
      }
    }
    return shown
  }

  /// Whether a scalar may be shown as it is.
  package static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
