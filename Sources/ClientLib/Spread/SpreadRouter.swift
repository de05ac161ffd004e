import Synchronization

/// Chooses the channel of each event while servers come and go. Shared by the tasks that publish and the
/// connections.
final class SpreadRouter: Sendable {
  private let spread: KeySpread
  /// Servers to which their channel is connected, a bit for each.
  private let available = Atomic<UInt64>(0)

  /// - Parameter endpoints: endpoints of the channels, in the order of the channels.
  init(_ endpoints: [Endpoint]) {
    spread = KeySpread(endpoints: endpoints.map(\.description))
  }

  /// Number of servers.
  var count: Int { spread.count }

  /// Records whether the channel with this index is connected to its own server.
  func setAvailable(_ isAvailable: Bool, _ index: Int) {
    assert(index < count, "a channel without a server of its own was recorded as available")
    let bit: UInt64 = 1 << UInt64(index)
    if isAvailable {
      available.bitwiseOr(bit, ordering: .relaxed)
    } else {
      available.bitwiseAnd(~bit, ordering: .relaxed)
    }
  }

  /// Returns the index of the channel for an event.
  func channel(topic: RawSpan, id: RawSpan) -> Int {
    spread.endpoint(
      for: KeySpread.hash(topic: topic, id: id), among: available.load(ordering: .relaxed))
  }
}
