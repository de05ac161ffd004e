/// Makes text of a peer safe for a log line: one line, bounded, without terminal control sequences.
public enum PeerText {
  /// Maximum length of the result in Unicode scalars of the original.
  public static let scalars = 200

  /// Returns `text` with control characters, line separators and direction marks as `\u{…}`. Longer text is
  /// cut off, marked with `…` and its length in bytes.
  public static func printable(_ text: String) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < scalars else { return shown + "… (\(text.utf8.count) bytes)" }
      count += 1
      switch scalar {
      case "\\": shown += "\\\\"
      case "\n": shown += "\\n"
      case "\r": shown += "\\r"
      case "\t": shown += "\\t"
      case _ where isShown(scalar): shown.unicodeScalars.append(scalar)
      default: shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return shown
  }

  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
