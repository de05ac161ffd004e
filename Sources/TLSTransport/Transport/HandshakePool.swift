internal import Dispatch
internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Runs the steps of handshakes beside the loops, a few at a time, because a signature takes longer than the
/// other connections of a loop should wait.
public final class HandshakePool: Sendable {
  /// Figures since the pool was made.
  public struct Figures: Hashable, Sendable {
    /// Handshakes that were completed.
    public internal(set) var completed = 0
    /// Handshakes that failed.
    public internal(set) var failed = 0
    /// Steps that wait for their turn now.
    public internal(set) var waiting = 0
    /// The processor time of all steps.
    public internal(set) var processorTime = Duration.zero

    /// No handshake.
    public init() {}
  }

  private struct State {
    var figures = Figures()
    var running = 0
    /// Steps that wait, from `head` on; a connection has at most one.
    var steps: [@Sendable () -> Void] = []
    var head = 0
  }

  /// The number of taken steps that may stay in the list. From this number on they are removed as soon as
  /// they are half of the list.
  private static let mostTaken = 64

  private let width: Int
  private let queue = DispatchQueue(label: "sluice-handshakes", qos: .utility, attributes: .concurrent)
  private let state = Mutex(State())

  /// A pool that runs at most `width` steps at a time. Further steps wait in their order.
  public init(width: Int) {
    precondition(width > 0, "a pool without a thread runs no handshake")
    self.width = width
  }

  /// The figures now.
  public var figures: Figures {
    state.withLock { state in
      var figures = state.figures
      figures.waiting = state.steps.count - state.head
      return figures
    }
  }

  /// Runs `step` on another thread, after the steps that wait already.
  func run(_ step: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.steps.append(step)
      guard state.running < width else { return false }
      state.running += 1
      return true
    }
    if starts { queue.async { self.runSteps() } }
  }

  /// Counts the end of a handshake.
  func ended(isComplete: Bool) {
    state.withLock { state in
      if isComplete { state.figures.completed += 1 } else { state.figures.failed += 1 }
    }
  }

  /// Runs steps until none waits.
  private func runSteps() {
    while let step = takeStep() {
      let before = Self.processorTime()
      step()
      let used = Self.processorTime() - before
      state.withLock { $0.figures.processorTime += used }
    }
  }

  private func takeStep() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.head < state.steps.count else {
        (state.steps, state.head) = ([], 0)
        state.running -= 1
        assert(state.running >= 0, "more threads of a pool ended than began")
        return nil
      }
      let step = state.steps[state.head]
      state.head += 1
      // A step holds its connection, so steps that were taken must not stay while others keep coming.
      if state.head >= Self.mostTaken, state.head >= state.steps.count / 2 {
        state.steps.removeFirst(state.head)
        state.head = 0
      }
      return step
    }
  }

  /// The time that this thread used a processor.
  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
