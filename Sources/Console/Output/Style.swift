/// The looks of text on a terminal.
enum Style: String, Sendable {
  case plain = ""
  case bold = "1"
  case faint = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
}

/// Writes text with its looks, or plain text where there are no colours.
struct Painter: Sendable {
  /// Whether the output takes control sequences (ECMA-48, SGR).
  let hasColors: Bool

  init(hasColors: Bool) {
    self.hasColors = hasColors
  }

  /// Whether there are colours: on a terminal, unless NO_COLOR (no-color.org) has a value or the terminal is dumb.
  init(isTerminal: Bool, environment: [String: String]) {
    let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    hasColors = isTerminal && !refuses && environment["TERM"] != "dumb"
  }

  /// Returns `text`, which has no control characters, in a style.
  func callAsFunction(_ text: String, _ style: Style) -> String {
    hasColors && style != .plain && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
