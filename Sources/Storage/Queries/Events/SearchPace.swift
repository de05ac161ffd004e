internal import Base

/// The pauses of searches while batches wait for their commit. Without pauses, two searches that run all the time would
/// take the processors of a machine with two cores from the writers.
///
/// A pause counts in the budget of the search, as each step does. So a search beside ingest answers as soon as a search
/// without ingest. It has found less by then, and its cursor goes on.
struct SearchPace: Sendable {
  /// A pace without pauses.
  static let unhurried = SearchPace(isCommitting: { false })

  /// The longest pause of a thread, and so the longest time that the end of the server waits for one.
  private static let longest = Duration.milliseconds(500)

  /// Whether batches wait for their commit now.
  private let isCommitting: @Sendable () -> Bool
  /// Ends all pauses.
  private let closing: StopSignal

  /// Creates a pace.
  init(isCommitting: @escaping @Sendable () -> Bool, closing: StopSignal = StopSignal()) {
    self.isCommitting = isCommitting
    self.closing = closing
  }

  /// Pauses after a step of a search that took `time`, and takes the time of both from `budget`.
  func spend(_ time: Duration, of budget: inout SearchBudget) {
    budget.work(time, isHurried: isCommitting())
    let pause = min(budget.pause, Self.longest)
    guard pause > .zero else { return }
    let started = ContinuousClock.now
    closing.pause(for: pause)
    budget.spend(started.duration(to: .now))
  }
}
