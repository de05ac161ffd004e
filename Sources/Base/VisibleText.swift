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

  /// Whether a scalar may be shown as it is.
  package static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
