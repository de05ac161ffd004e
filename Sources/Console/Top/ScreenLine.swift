/// A line of a screen: pieces of text with their styles, without control characters.
struct ScreenLine: Hashable, Sendable {
  private struct Piece: Hashable, Sendable {
    var text: String
    let style: Style
  }

  private var pieces: [Piece] = []

  /// An empty line.
  init() {}

  init(_ text: String, _ style: Style = .plain) {
    pieces = [Piece(text: text, style: style)]
  }

  /// The text without styles.
  var text: String { pieces.map(\.text).joined() }

  static func + (line: ScreenLine, other: ScreenLine) -> ScreenLine {
    var sum = line
    sum.pieces += other.pieces
    return sum
  }

  /// Returns the line in at most `width` columns. What does not fit is cut.
  func cut(to width: Int) -> ScreenLine {
    guard DisplayWidth.of(text) > width else { return self }
    var (line, rest) = (ScreenLine(), width)
    for piece in pieces where rest > 0 {
      let size = DisplayWidth.of(piece.text)
      line.pieces.append(
        size <= rest
          ? piece : Piece(text: DisplayWidth.fitted(piece.text, to: rest), style: piece.style))
      rest -= size
    }
    return line
  }

  /// Returns the text with its styles.
  func painted(_ paint: Painter) -> String { pieces.map { paint($0.text, $0.style) }.joined() }
}
