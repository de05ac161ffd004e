/// The columns that text takes on a terminal.
enum DisplayWidth {
  /// Ranges of characters that take two columns: wide and fullwidth in Unicode's annex 11, and emoji.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
    0x1F900...0x1F9FF,
    0x20000...0x3FFFD,
  ]

  /// Returns the columns of `text`, which has no control characters.
  static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  private static func of(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.value < 0x300 { return 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: return wide.contains { $0.contains(first.value) } ? 2 : 1
    }
  }

  /// Returns `text` in exactly `width` columns: cut with an ellipsis at its end, or filled with spaces.
  /// - Parameter atEnd: Whether the text stands at the end of the columns, as numbers do.
  static func fitted(_ text: String, to width: Int, atEnd: Bool = false) -> String {
    guard width > 0 else { return "" }
    let size = of(text)
    if size <= width {
      let blanks = String(repeating: " ", count: width - size)
      return atEnd ? blanks + text : text + blanks
    }
    var (kept, columns) = ("", 0)
    for character in text {
      guard columns + of(character) < width else { break }
      kept.append(character)
      columns += of(character)
    }
    return kept + "…" + String(repeating: " ", count: width - columns - 1)
  }
}
