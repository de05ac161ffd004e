/// A table of text for people: a line of headings, and a line for each row.
struct TextTable {
  /// A column.
  struct Column {
    let heading: String
    /// Whether the cells are numbers, which stand at the end of the column.
    let isNumber: Bool

    init(_ heading: String, isNumber: Bool = false) {
      self.heading = heading
      self.isNumber = isNumber
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row with a cell for each column. Cells have no control characters.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has a cell for each column")
    rows.append(cells)
  }

  /// Returns the lines, without blanks at their ends.
  func text(_ paint: Painter) -> String {
    let widths = columns.indices.map { column in
      max(
        DisplayWidth.of(columns[column].heading), rows.map { DisplayWidth.of($0[column]) }.max() ?? 0)
    }
    let lines = ([columns.map(\.heading)] + rows).map { cells in
      let line = cells.indices.map { column in
        DisplayWidth.fitted(cells[column], to: widths[column], atEnd: columns[column].isNumber)
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    return ([paint(lines[0], .faint)] + lines.dropFirst()).joined(separator: "\n")
  }
}
