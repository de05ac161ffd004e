/// What a connection tells its owner, always on the connection's loop, and never from within a call
/// that the owner makes to the socket.
public protocol StreamSocketDelegate: AnyObject {
  /// Asked before every read. An owner that knows where the next bytes go, as the rest of a large body,
  /// fills its own memory through `target`; one that leaves `target` alone gets the bytes by `received`.
  func willRead(_ target: inout ReadTarget, from socket: StreamSocket)

  /// Bytes arrived, at least one. They stand in memory that all connections of the loop share, lent for
  /// this call. They are the owner's even if it pauses reading meanwhile: nothing is delivered twice.
  func received(_ bytes: RawSpan, from socket: StreamSocket)

  /// The connection's turn to read is over, and something arrived in it, perhaps the end as well. An owner
  /// that answers here, instead of after each read, makes one call to the system where there would be many.
  func turnEnded(of socket: StreamSocket)

  /// The peer will send nothing more; all that it sent was delivered. Sending still works if the peer
  /// only shut down its own side. Once at most.
  func reachedEnd(of socket: StreamSocket)

  /// The connection broke and is closed; what was unsent is lost. The last call.
  func failed(_ error: SocketError, on socket: StreamSocket)

  /// Everything that `send` had to keep is now with the system.
  func writeBufferDrained(of socket: StreamSocket)
}

extension StreamSocketDelegate {
  /// Leaves the bytes to `received`.
  public func willRead(_ target: inout ReadTarget, from socket: StreamSocket) {}

  /// Does nothing.
  public func turnEnded(of socket: StreamSocket) {}

  /// Does nothing.
  public func writeBufferDrained(of socket: StreamSocket) {}
}
