import Synchronization

/// The channels of one producer. A server's answer that no retry can help ends all of them.
final class ChannelGroup: Sendable {
  private struct Member: Sendable {
    weak let channel: ProducerChannel?
  }

  private struct State: Sendable {
    var members: [Member] = []
    /// Why the first channel ended; nil while all of them live.
    var end: ProducerError?
  }

  private let state = Mutex(State())

  /// Starts a channel of the group.
  /// - Throws: `spoolInUse` or `spoolFailed`.
  func start(_ setting: ConnectionManager.Setting) async throws(ProducerError) -> ProducerChannel {
    var setting = setting
    setting.gaveUp = { [self] in endAll($0) }
    let channel = try await ProducerChannel.start(setting)
    let end = state.withLock { state in
      state.members.append(Member(channel: channel))
      return state.end
    }
    if let end { channel.pipeline.onManager { $0.end(end) } }
    return channel
  }

  private func endAll(_ error: ProducerError) {
    let members = state.withLock { state in
      guard state.end == nil else { return [Member]() }
      state.end = error
      return state.members
    }
    for member in members { member.channel?.pipeline.onManager { $0.end(error) } }
  }
}
