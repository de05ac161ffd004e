/// The treatment of lines that are not events.
struct BadLinePlan: Hashable, Sendable {
  /// The choices of the user.
  enum Action: String, CaseIterable, Sendable {
    /// The line is reported and left out.
    case skip
    /// The line becomes a dead event.
    case dead
    /// The line ends the run.
    case stop
  }

  var action = Action.skip
  /// Path of the file to which refused lines are appended; nil for no file.
  var rejects: String?
}

/// Counts and reports the lines that are refused.
struct BadLines {
  private let action: BadLinePlan.Action
  private let rejects: RejectsFile?
  private let tell: @Sendable (String) -> Void
  /// Number of refused lines.
  private(set) var count = 0

  /// Opens the file for refused lines.
  init(_ plan: BadLinePlan, tell: @escaping @Sendable (String) -> Void) throws(RunFailure) {
    action = plan.action
    rejects = try plan.rejects.map { path throws(RunFailure) in try RejectsFile(path) }
    self.tell = tell
  }

  /// Reports a refused line.
  /// - Parameters:
  ///   - place: the place of the line for people.
  ///   - line: the line; of a line above the limit the beginning, or nothing.
  ///   - isCut: whether the line is above the limit. Then the file for refused lines gets the problem, too.
  /// - Throws: the failure that ends the run, when the first refused line does.
  mutating func refuse(
    _ place: String, _ problem: LineProblem, _ line: RawSpan, isCut: Bool = false
  ) throws(RunFailure) {
    count += 1
    tell("\(place): \(problem)")
    try rejects?.append(line, note: isCut ? "... (\(place) is cut: \(problem))" : "")
    guard action == .stop || problem.endsInput else { return }
    throw RunFailure(.input, "\(place) is not an event: \(problem)")
  }
}
