import NIOCore

/// The time limits of a connection. Pure: time is a parameter.
struct ConnectionTimes {
  /// Time for the first request, for a header to arrive, and for the next byte of a body.
  let receive: TimeAmount
  /// Time between two requests.
  let idle: TimeAmount

  /// Reason why a connection waits, with the moment from which its time limit counts.
  enum Waiting: Equatable {
    /// It waits for the first byte of the first request.
    case first(since: NIODeadline)
    /// It waits for the rest of a header.
    case head(since: NIODeadline)
    /// It waits for another request.
    case next(since: NIODeadline)
    /// It waits for more of a body; `since` is the arrival of the last byte.
    case body(since: NIODeadline)
    /// It waits for the server's answer, which has no time limit here.
    case answer
  }

  /// Returns the moment at which the client is too late; nil when the client is not expected to send.
  func deadline(_ waiting: Waiting) -> NIODeadline? {
    switch waiting {
    case .first(let since), .head(let since), .body(let since): since + receive
    case .next(let since): since + idle
    case .answer: nil
    }
  }
}

/// The timer of one connection. Confined to the event loop of the connection.
final class ClientTimer {
  /// Interval of the checks while the timer is paused.
  private static let pausedInterval = TimeAmount.milliseconds(100)

  private let times: ConnectionTimes
  private var timer: Scheduled<Void>?
  /// The reason why the connection waits. A later deadline may be set here without a new timer, because the
  /// running timer reads the deadline again when it fires.
  var waiting = ConnectionTimes.Waiting.answer
  /// Whether the deadline is suspended, because the server does not read the connection.
  var isPaused = false

  /// Creates a timer that is not running.
  init(_ times: ConnectionTimes) {
    self.times = times
  }

  /// Waits for `next`, whose deadline may be earlier than the current one.
  /// - Parameter onTimeout: Called on `loop` with the reason at the deadline.
  func start(
    _ next: ConnectionTimes.Waiting, on loop: any EventLoop,
    onTimeout: @escaping (ConnectionTimes.Waiting) -> Void
  ) {
    waiting = next
    guard let deadline = times.deadline(next) else { return }
    timer?.cancel()
    run(until: deadline, on: loop, onTimeout)
  }

  /// Stops the timer.
  func cancel() {
    timer?.cancel()
    timer = nil
  }

  private func run(
    until deadline: NIODeadline, on loop: any EventLoop,
    _ onTimeout: @escaping (ConnectionTimes.Waiting) -> Void
  ) {
    timer = loop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.timer = nil
      guard let deadline = self.times.deadline(self.waiting) else { return }
      guard !self.isPaused, loop.now >= deadline else {
        return self.run(until: max(deadline, loop.now + Self.pausedInterval), on: loop, onTimeout)
      }
      onTimeout(self.waiting)
    }
  }
}
