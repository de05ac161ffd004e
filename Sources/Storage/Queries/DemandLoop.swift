internal import Base

/// Runs something again and again while it is in demand, so that those who ask find it done and wait for nothing.
actor DemandLoop {
  private let pause: Duration
  private let demand: Duration
  private let closing: StopSignal
  private let body: @Sendable () async -> Void
  private var lastAsked: ContinuousClock.Instant?
  private var isRunning = false

  /// Creates a loop that stands still.
  /// - Parameters:
  ///   - pause: The pause between two runs.
  ///   - demand: The time after the last `ask` at which the loop stops.
  init(
    every pause: Duration, for demand: Duration, until closing: StopSignal,
    _ body: @escaping @Sendable () async -> Void
  ) {
    self.pause = pause
    self.demand = demand
    self.closing = closing
    self.body = body
  }

  /// Starts the loop, or lets it go on.
  func ask() {
    lastAsked = .now
    guard !isRunning else { return }
    isRunning = true
    Task { await run() }
  }

  private func run() async {
    while let lastAsked, lastAsked.duration(to: .now) < demand, !closing.isSet {
      try? await Task.sleep(for: pause)
      await body()
    }
    isRunning = false
  }
}
