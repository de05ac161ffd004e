import CIntrinsics

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The result of one attempt to accept a connection.
enum AcceptOutcome: Sendable {
  /// A connection, with its peer.
  case connection(CInt, SocketAddress?)
  /// None waits.
  case nothing
  /// The connection that waited is gone already; there may be another.
  case vanished
  /// The system has no descriptor or no memory to spare; accepting again at once would only spin.
  case starved(CInt)

  /// Accepts from the listening socket `descriptor`.
  static func accept(_ descriptor: CInt) -> AcceptOutcome {
    let (connection, peer) = SocketAddress.filled { sluice_accept(descriptor, $0, $1) }
    return connection >= 0 ? .connection(connection, peer) : AcceptOutcome(failure: errno)
  }

  /// What an `errno` of accept(2) means for the listener.
  init(failure code: CInt) {
    switch code {
    case EAGAIN, EWOULDBLOCK:
      self = .nothing
    case EINTR, ECONNABORTED, EPROTO, ENOPROTOOPT, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH,
      EOPNOTSUPP, ETIMEDOUT:
      // accept(2), "Error handling": Linux passes the errors of the waiting connection on; so it goes on.
      self = .vanished
    default:
      // EMFILE, ENFILE, ENOBUFS, ENOMEM, and what this list does not know: a pause is right for all.
      self = .starved(code)
    }
  }
}
