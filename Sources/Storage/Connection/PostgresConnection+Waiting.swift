internal import CPostgres
internal import Glibc

extension PostgresConnection {
  /// Blocks until `PQgetResult` will not, or the server was silent for too long.
  /// - Throws: A lost connection. It is unusable then, and must be dropped.
  func awaitAnswer() throws(PostgresError) {
    guard !isBroken else { return }  // results may be left, and no wait is
    try flush()
    while PQisBusy(handle) == 1 {
      try awaitSocket(for: POLLIN)
      // On failure libpq has a result that says why, and may have read the server's own reason before.
      guard PQconsumeInput(handle) == 1 else { return }
    }
  }

  /// Sends what libpq holds back. Reads meanwhile, or two full sockets would wait for each other.
  /// - Throws: A lost connection.
  func flush() throws(PostgresError) {
    while true {
      let rest = PQflush(handle)
      if rest == 0 { return }
      guard rest == 1 else { throw PostgresError(ofConnection: handle) }
      if try awaitSocket(for: POLLIN | POLLOUT) & POLLIN != 0 {
        guard PQconsumeInput(handle) == 1 else { throw PostgresError(ofConnection: handle) }
      }
    }
  }

  /// Waits for one of `events` on the socket, each time anew for `answerTimeout`.
  @discardableResult
  private func awaitSocket(for events: Int32) throws(PostgresError) -> Int32 {
    var poller = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
    let limit = settings.answerTimeout
    let start = ContinuousClock.now
    while true {
      let left = limit - start.duration(to: .now)
      guard left > .zero else {
        throw PostgresError.lost("the database gave no sign of life for \(limit.components.seconds) s")
      }
      let ready = poll(&poller, 1, Int32(clamping: left.milliseconds + 1))
      if ready > 0 { return Int32(poller.revents) }
      if ready < 0 && errno != EINTR {
        throw PostgresError.lost("waiting for the database failed: error \(errno)")
      }
    }
  }
}
