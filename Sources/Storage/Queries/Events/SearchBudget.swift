/// The database time that a search may take. Pure.
struct SearchBudget: Hashable, Sendable {
  /// The whole time.
  let limit: Duration
  /// The time that was spent.
  private(set) var spent = Duration.zero

  /// Creates a budget of `limit`.
  init(_ limit: Duration) {
    precondition(limit > .zero, "a search needs time")
    self.limit = limit
  }

  /// The time that is left; never negative.
  var left: Duration { max(.zero, limit - spent) }

  /// Whether no time is left.
  var isSpent: Bool { spent >= limit }

  /// Spends the time that a round trip took.
  mutating func spend(_ time: Duration) {
    spent += max(.zero, time)
  }
}

/// The groups that one round of a search by spans may read, so that a round does not exceed the budget. Pure.
struct GroupPace: Hashable, Sendable {
  /// Groups of the first round, of which nothing is known.
  static let first = 4

  /// The most groups of the next round.
  private(set) var groups = first

  /// Reports that `count` groups took `time`. The next round may take half of the time that is left.
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
