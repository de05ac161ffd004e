import Logging
import SocketIO

// The own server of a channel: whether keys are sent to the channel, and the way back after a failover.

extension ConnectionManager {
  /// Records that the handshake of `link` succeeded.
  func homeConnected(_ link: ServerLink) {
    home?.connected(to: link.endpoint, now: .now, using: &generator)
    reportHome()
  }

  /// Records that the server of `link` takes no more batches.
  func homeLeft(_ link: ServerLink) {
    guard link.endpoint == HomeServer.endpoint else { return }
    home?.left()
    reportHome()
  }

  /// Tries to get back to the own server when it is time.
  func tickHome(now: ContinuousClock.Instant) {
    guard home?.tick(now: now) == true else { return reportHome() }
    guard let this, returning == nil else { return }
    returning = loop.connect(
      to: setting.endpoints[HomeServer.endpoint].address, timeout: setting.configuration.attemptTimeout
    ) { result in
      this.value.reachedHome(result)
    }
  }

  private func reportHome() {
    guard let home, !isStopped else { return }
    setting.homeChanged?(home.isAvailable)
  }

  private func reachedHome(_ result: Result<StreamSocket, SocketError>) {
    returning = nil
    switch result {
    case .failure(let error):
      setting.logger.debug("the own server is not back", metadata: ["reason": "\(error)"])
      home?.returnFailed(now: .now, using: &generator)
    case .success(let socket):
      // The connection may have ended or moved meanwhile. Then the endpoint selector has the next attempt.
      guard !isStopped, let link = current, link.isOpen, link.endpoint != HomeServer.endpoint,
        leave(link, within: .zero, .now)
      else { return socket.close() }
      tell(.moving, "\(setting.endpoints[HomeServer.endpoint]) is back: its keys are sent to it again")
      selector.moved(to: HomeServer.endpoint)
      open(socket, to: HomeServer.endpoint)
    }
  }
}
