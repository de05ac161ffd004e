import Base

/// Makes text of a server safe to look at: one line, without control sequences of terminals, and without characters
/// that show other characters in another order or hide them.
enum SafeText {
  /// Returns `text` with control characters, line separators, marks of direction and other invisible characters as
  /// `\u{…}`, the form of the server's log.
  static func line(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars { VisibleText.append(scalar, to: &shown) }
    return shown
  }

  /// Returns a name that is told from its neighbours: as `line`, and in quotation marks when it is empty, has a blank,
  /// or begins with a quotation mark.
  static func name(_ text: String) -> String {
    let isPlain = !text.isEmpty && !text.hasPrefix("\"") && !text.contains(where: \.isWhitespace)
    return isPlain ? line(text) : "\"\(line(text))\""
  }
}
