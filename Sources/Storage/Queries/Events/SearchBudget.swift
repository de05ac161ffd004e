/// The time that a search may take. Pure.
///
/// While batches wait for their commit, the search pauses after each step. The pauses are part of the time, so the search
/// does less in it.
struct SearchBudget: Hashable, Sendable {
  /// The whole time.
  let limit: Duration
  /// The time that was spent, with the pauses.
  private(set) var spent = Duration.zero
  /// The pause after the last step, which is not yet made.
  private(set) var pause = Duration.zero
  /// The database time of the steps.
  private var worked = Duration.zero
  /// Whether batches waited for their commit at the last step.
  private var isHurried = false

  /// How many times as long as its step a pause is.
  static let pauseFactor = 3

  /// Creates a budget of `limit`.
  init(_ limit: Duration) {
    precondition(limit > .zero, "a search needs time")
    self.limit = limit
  }

  /// The time that is left; never negative.
  var left: Duration { max(.zero, limit - spent) }

  /// Whether no time is left for a step.
  var isSpent: Bool { left <= (isHurried ? allowance : .zero) }

  /// The database time before the first pause. Most pages take less, so they have no pause at all. With less than this,
  /// a search that pauses begins no further step.
  private var allowance: Duration { limit / 8 }

  /// The longest database time that a step should take: one that is followed by its pause fits into the rest.
  var stepLimit: Duration { isHurried ? left / (1 + Self.pauseFactor) : left }

  /// Spends the time that a step took, and sets the pause after it.
  /// - Parameter isHurried: Whether batches wait for their commit.
  mutating func work(_ time: Duration, isHurried: Bool) {
    let before = worked
    spend(time)
    worked += max(.zero, time)
    self.isHurried = isHurried
    let beyond = max(.zero, min(time, worked - max(before, allowance)))
    pause = isHurried ? min(beyond * Self.pauseFactor, left) : .zero
  }

  /// Spends the time of a round trip that has no pause, or of a pause.
  mutating func spend(_ time: Duration) {
    spent += max(.zero, time)
    pause = .zero
  }
}

/// The groups that one round of a search by spans may read, so that a round does not exceed the budget. Pure.
struct GroupPace: Hashable, Sendable {
  /// Groups of the first round, of which nothing is known.
  static let first = 4

  /// The most groups of the next round.
  private(set) var groups = first

  /// Reports that `count` groups took `time`. The next round may take half of `left`.
  mutating func read(_ count: Int, in time: Duration, left: Duration) {
    guard count > 0 else { return }
    guard time > .zero else {
      groups = SpanPlan.groupsAtOnce
      return
    }
    let fitting = Double(count) * (left / 2 / time)
    groups = Int(min(max(fitting, 1), Double(SpanPlan.groupsAtOnce)))
  }
}
