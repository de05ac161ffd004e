import SocketIO
internal import StoreInterface
import Synchronization

/// Connections and handshake rate of each peer address.
///
/// The size of this table is bounded by the connections, and by the addresses whose handshakes came within
/// the last seconds.
final class PeerAddresses: Sendable {
  /// Decision about a HELLO: answer now, answer later, or refuse.
  enum Turn: Equatable {
    case now
    case after(Duration)
    case refused(retryAfter: Duration)
  }

  private struct Entry {
    var connections = 0
    /// When all handshakes so far would be over at the permitted rate (GCRA, ITU-T I.371).
    var busyUntil: ContinuousClock.Instant?
  }

  private struct State {
    var entries: [SocketAddress.Network: Entry] = [:]
    var changesUntilPurge = 1_024
  }

  private let interval: Duration
  /// Handshakes that come at once are let through for as long as this stands for.
  private let burst: Duration
  private let timeout: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - hellosPerSecond: the rate of one address; twice as many may come at once.
  ///   - timeout: how long a HELLO may wait for its turn.
  init(hellosPerSecond: Int, timeout: Duration) {
    precondition(hellosPerSecond >= 1, "without handshakes nobody can connect")
    interval = .seconds(1) / hellosPerSecond
    burst = .seconds(2)
    self.timeout = timeout
  }

  /// Counts a connection.
  /// - Returns: how many its address has now; 0 for a peer without address.
  func opened(_ network: SocketAddress.Network?) -> Int {
    guard let network else { return 0 }
    return state.withLock { state in
      state.entries[network, default: Entry()].connections += 1
      return state.entries[network]?.connections ?? 0
    }
  }

  func closed(_ network: SocketAddress.Network?, at now: ContinuousClock.Instant) {
    guard let network else { return }
    state.withLock { state in
      state.entries[network]?.connections -= 1
      Self.purge(&state, now)
    }
  }

  /// Counts a HELLO, unless it is refused.
  func hello(from network: SocketAddress.Network?, at now: ContinuousClock.Instant) -> Turn {
    guard let network else { return .now }
    return state.withLock { state in
      let busyUntil = max(state.entries[network]?.busyUntil ?? now, now)
      let delay = busyUntil - now - burst
      guard delay <= timeout else { return .refused(retryAfter: max(delay, .seconds(1))) }
      state.entries[network, default: Entry()].busyUntil = busyUntil + interval
      return delay <= .zero ? .now : .after(delay)
    }
  }

  /// Forgets addresses without connections whose handshakes count no more, now and then.
  private static func purge(_ state: inout State, _ now: ContinuousClock.Instant) {
    state.changesUntilPurge -= 1
    guard state.changesUntilPurge <= 0 else { return }
    state.entries = state.entries.filter { $0.value.connections > 0 || ($0.value.busyUntil ?? now) > now }
    state.changesUntilPurge = max(1_024, state.entries.count)
  }
}
