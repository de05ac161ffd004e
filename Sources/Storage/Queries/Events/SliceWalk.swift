/// The walk of a search through time, slice by slice, away from its beginning. Pure: the caller reads each slice and
/// says how long that took.
///
/// Nobody knows how many events a slice has. So slices become wider while they are read quickly, and narrower
/// when they are not. A slice that takes too long is given up and begun again with less. A walk reads at least one
/// slice, whatever its budget, so that every search comes to an end.
struct SliceWalk: Hashable, Sendable {
  /// Width of the first slice in microseconds.
  static let firstWidth: Int64 = 1_000_000
  /// Width below which a slice is not divided further, in microseconds.
  static let leastWidth: Int64 = 1_000
  /// Width above which a slice does not grow, in microseconds.
  static let mostWidth = Int64.max / 8
  /// Shorter times say little about the events of a slice.
  private static let leastGoal = Duration.milliseconds(20)
  private static let leastTimeout = Duration.milliseconds(50)
  /// The same for a table on other servers, where even an empty slice takes a while.
  private static let leastRemoteTimeout = Duration.seconds(1)

  /// The times that are not read yet; empty at the end of the walk.
  private(set) var rest: Range<Int64>
  private let isDescending: Bool
  /// The place from which the width of the next slice is measured. The first slice also has all times before it in
  /// the order of the walk.
  private var edge: Int64
  /// Width of the next slice in microseconds.
  private(set) var width: Int64
  private var hasRead = false
  /// Whether the events are on other servers.
  private let isRemote: Bool
  /// The shortest time of a slice: what each slice costs, however few events it has.
  private var shortest: Duration?
  /// The time that is spent and left.
  private(set) var budget: SearchBudget

  /// Creates a walk over `times`.
  /// - Parameters:
  ///   - beginning: The time at which the events probably begin, in the order of the walk.
  ///   - width: Width of the first slice, as another walk left it; nil for `firstWidth`.
  ///   - isRemote: Whether the events are on other servers. Then the time that every slice takes does not make slices
  ///     narrower, because the walk would never end.
  init(
    over times: Range<Int64>, isDescending: Bool, beginning: Int64, budget: SearchBudget, width: Int64? = nil,
    isRemote: Bool = false
  ) {
    rest = times
    self.isRemote = isRemote
    self.isDescending = isDescending
    edge = min(max(beginning, times.lowerBound), times.upperBound)
    self.width = min(max(width ?? Self.firstWidth, Self.leastWidth), Self.mostWidth)
    self.budget = budget
  }

  /// The next slice; nil when all times were read, or when the budget is spent after at least one slice.
  var next: Range<Int64>? {
    guard !rest.isEmpty, !(hasRead && budget.isSpent) else { return nil }
    if isDescending {
      let (end, overflow) = edge.subtractingReportingOverflow(width)
      return max(rest.lowerBound, overflow ? .min : end)..<rest.upperBound
    }
    let (end, overflow) = edge.addingReportingOverflow(width)
    return rest.lowerBound..<min(rest.upperBound, overflow ? .max : end)
  }

  /// The longest time for the next slice; nil when it must be read however long that takes.
  var timeout: Duration? {
    if hasRead { return max(budget.left, .milliseconds(10)) }
    return width > Self.leastWidth
      ? max(budget.limit, isRemote ? Self.leastRemoteTimeout : Self.leastTimeout) : nil
  }

  /// Whether a slice that took `time` says that the next one should hardly be wider. Then it matters whether the time
  /// was spent on rows.
  func isSlow(_ time: Duration) -> Bool { time > goal / 2 }

  /// Reports that `next` was read.
  /// - Parameters:
  ///   - wasEmpty: Whether the slice has no rows at all. Then its time says nothing about wider slices, so the next one
  ///     is much wider, and a long time without events takes few slices.
  ///   - spend: Takes the time from the budget, and may pause.
  mutating func read(
    in time: Duration, wasEmpty: Bool = false,
    spend: (Duration, inout SearchBudget) -> Void = { $1.spend($0) }
  ) {
    guard let slice = next else { preconditionFailure("only the next slice is read") }
    spend(time, &budget)
    hasRead = true
    rest = isDescending ? rest.lowerBound..<slice.lowerBound : slice.upperBound..<rest.upperBound
    edge = isDescending ? slice.lowerBound : slice.upperBound
    let work = isRemote ? time - min(time, shortest ?? time) : time
    shortest = min(time, shortest ?? time)
    let factor = wasEmpty ? 16 : work > .zero ? min(max(goal / work, 0.125), 4) : 4
    width = Int64(min(max(Double(width) * factor, Double(Self.leastWidth)), Double(Self.mostWidth)))
  }

  /// The time that a slice should take: an eighth of the budget, so that a slice with more events than its neighbour
  /// does not use all of it.
  private var goal: Duration { max(budget.limit / 8, Self.leastGoal) }

  /// Reports that `next` was given up after `time`.
  mutating func gaveUp(after time: Duration) {
    budget.spend(time)
    width = max(width / 16, Self.leastWidth)
  }

  /// The time from which another walk goes on, in the order of this one; nil when nothing is left.
  var continuation: Int64? {
    guard !rest.isEmpty else { return nil }
    return isDescending ? rest.upperBound - 1 : rest.lowerBound
  }
}
