/// Why a line is not an event, for people.
struct LineProblem: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  /// Returns the problem with the field whose value has it.
  func inside(_ member: String) -> LineProblem {
    description.contains("\"\(member)\"") || description.hasPrefix("unknown field")
      ? self : LineProblem("\"\(member)\": \(description)")
  }

  static func expected(_ what: String, at position: Int) -> LineProblem {
    LineProblem("expected \(what) at byte \(position + 1)")
  }

  /// The problem of a line above the limit.
  static let tooLong = LineProblem("longer than \(LineSplitter.longestLine) bytes")
}
