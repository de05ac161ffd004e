/// Whether a channel is connected to its own server, and when it tries to get back there. Pure: time and
/// randomness come as arguments.
///
/// A channel fails over to other servers with its identity, as every producer does. Meanwhile its keys go to
/// the channels of other servers.
struct HomeServer {
  /// Index of the server in the channel's list of endpoints.
  static let endpoint = 0
  /// Time that a channel may be without a connection before its keys move.
  static let grace = Duration.seconds(1)
  /// The longest pause between two attempts to get back. A server that is back has its keys within a minute.
  static let longestPause = Duration.seconds(30)

  private enum State {
    /// Connected to the own server since this instant.
    case atHome(since: ContinuousClock.Instant)
    /// The connection to the own server broke at this instant.
    case broken(since: ContinuousClock.Instant)
    /// Without a connection to the own server.
    case away
  }

  private var state = State.away
  private var backoff = Backoff(shortest: .seconds(2), longest: longestPause)
  /// When the next attempt to get back is due; nil while the channel is not connected to another server.
  private var returnsAt: ContinuousClock.Instant?

  /// Whether the keys of the server go to this channel.
  var isAvailable: Bool {
    switch state {
    case .atHome, .broken: true
    case .away: false
    }
  }

  /// Records that a connection to the endpoint with this index is open.
  mutating func connected(
    to endpoint: Int, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
  ) {
    if endpoint == Self.endpoint {
      state = .atHome(since: now)
      returnsAt = nil
    } else {
      state = .away
      returnsAt = now + backoff.next(using: &generator)
    }
  }

  /// Records that the connection ended.
  mutating func disconnected(now: ContinuousClock.Instant) {
    returnsAt = nil
    if case .atHome = state { state = .broken(since: now) }
  }

  /// Records that the own server takes no more batches.
  mutating func left() {
    returnsAt = nil
    state = .away
  }

  /// Records that an attempt to get back failed before the connection to the other server was given up.
  mutating func returnFailed(
    now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
  ) {
    returnsAt = now + backoff.next(using: &generator)
  }

  /// Takes the passing of time.
  /// - Returns: whether to try to get back now. The caller then calls `returnFailed`, or `connected`.
  mutating func tick(now: ContinuousClock.Instant) -> Bool {
    switch state {
    case .atHome(let since):
      if now - since >= Self.longestPause { backoff.reset() }
      return false
    case .broken(let since):
      if now - since >= Self.grace { state = .away }
    case .away: break
    }
    guard let due = returnsAt, now >= due else { return false }
    returnsAt = nil
    return true
  }
}
