/// Why a line is no event, for people.
struct LineProblem: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  static func expected(_ what: String, at position: Int) -> LineProblem {
    LineProblem("expected \(what) at byte \(position + 1)")
  }
}
