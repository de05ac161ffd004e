/// Why a line is not an event, for people.
struct LineProblem: Error, Hashable, CustomStringConvertible {
  let description: String
  /// Whether no line after this one can be read.
  let endsInput: Bool

  init(_ description: String, endsInput: Bool = false) {
    self.description = description
    self.endsInput = endsInput
  }

  /// Returns the problem with the field whose value has it.
  func inside(_ member: String) -> LineProblem {
    description.contains("\"\(member)\"") || description.hasPrefix("unknown field")
      ? self : LineProblem("\"\(member)\": \(description)")
  }

  static func expected(_ what: String, at position: Int) -> LineProblem {
    LineProblem("expected \(what) at byte \(position + 1)")
  }
}
