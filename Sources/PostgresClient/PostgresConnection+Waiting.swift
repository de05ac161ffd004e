internal import Base
internal import CPostgres
internal import Glibc

extension PostgresConnection {
  /// Blocks until `PQgetResult` can return without blocking.
  /// - Throws: A lost connection, also when the server sent nothing for `answerTimeout`. The connection is
  ///   unusable then, and must be dropped.
  package func awaitAnswer() throws(PostgresError) {
    guard !isBroken else { return }  // PQgetResult does not block then
    try flush()
    while PQisBusy(handle) == 1 {
      try awaitSocket(for: POLLIN)
      // On failure libpq holds a result with the reason, which may be the server's own.
      guard PQconsumeInput(handle) == 1 else { return }
    }
  }

  /// Sends the bytes that libpq has buffered. Reads in between, because two peers that only write block each
  /// other once both socket buffers are full.
  /// - Throws: A lost connection.
  package func flush() throws(PostgresError) {
    while true {
      let rest = PQflush(handle)
      if rest == 0 { return }
      guard rest == 1 else { throw PostgresError(ofConnection: handle) }
      if try awaitSocket(for: POLLIN | POLLOUT) & POLLIN != 0 {
        guard PQconsumeInput(handle) == 1 else { throw PostgresError(ofConnection: handle) }
      }
    }
  }

  /// Waits for one of `events` on the socket, up to `answerTimeout`, and up to `sessionTimeout` for the first
  /// answer. Each call starts a new timeout.
  @discardableResult
  private func awaitSocket(for events: Int32) throws(PostgresError) -> Int32 {
    var poller = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
    let limit = isReady ? settings.answerTimeout : min(settings.answerTimeout, settings.sessionTimeout)
    let start = ContinuousClock.now
    while true {
      let left = limit - start.duration(to: .now)
      guard left > .zero else {
        throw noAnswer(within: limit)
      }
      let ready = poll(&poller, 1, Int32(clamping: left.wholeMilliseconds + 1))
      if ready > 0 { return Int32(poller.revents) }
      if ready < 0 && errno != EINTR {
        throw PostgresError.lost("waiting for the database failed: error \(errno)")
      }
    }
  }

  private func noAnswer(within limit: Duration) -> PostgresError {
    let seconds = limit.components.seconds
    guard !isReady else { return .lost("the database gave no sign of life for \(seconds) s") }
    return .lost(
      "a new connection to the database got no answer within \(seconds) s: if a pooler is in between, its"
        + " pool is used up; give it at least writers.count + 12 connections for each server")
  }
}
