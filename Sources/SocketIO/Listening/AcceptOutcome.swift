import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The result of one attempt to accept a connection.
enum AcceptOutcome: Sendable {
  /// A connection, with its peer.
  case connection(CInt, SocketAddress?)
  /// No connection is waiting.
  case nothing
  /// The connection that waited is gone already; another one may wait.
  case vanished
  /// The system has no descriptor or no memory left. Accepting again at once would loop without effect.
  case starved(CInt)

  /// Accepts from the listening socket `descriptor`.
  static func accept(_ descriptor: CInt) -> AcceptOutcome {
    let (connection, peer) = SocketAddress.filled { sluice_accept(descriptor, $0, $1) }
    return connection >= 0 ? .connection(connection, peer) : AcceptOutcome(failure: errno)
  }

  /// The meaning of an `errno` of accept(2) for the listener.
  init(failure code: CInt) {
    switch code {
    case EAGAIN, EWOULDBLOCK:
      self = .nothing
    case EINTR, ECONNABORTED, EPROTO, ENOPROTOOPT, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH,
      EOPNOTSUPP, ETIMEDOUT:
      // Linux passes on network errors of the waiting connection (accept(2), "Error handling").
      self = .vanished
    default:
      // EMFILE, ENFILE, ENOBUFS, ENOMEM, and unknown numbers: accepting pauses.
      self = .starved(code)
    }
  }
}
