import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The options of a connection's socket.
public struct SocketOptions: Hashable, Sendable {
  /// The most bytes received in one turn; then other connections of the loop have theirs. 256 KiB by default.
  public var readBudget: Int = 256 * 1024
  /// Seconds without bytes before the system probes whether the peer's machine still answers (SO_KEEPALIVE);
  /// nil: never. Three probes without an answer end the connection.
  public var keepAliveSeconds: Int? = 60
  /// The size of the kernel's send buffer in bytes (SO_SNDBUF); nil: the system chooses.
  public var sendBufferBytes: Int?
  /// The size of the kernel's receive buffer in bytes (SO_RCVBUF); nil: the system chooses.
  public var receiveBufferBytes: Int?

  /// The defaults.
  public init() {}

  /// Sets the options of `descriptor`. Refusals are ignored: a socket without TCP (of a `socketpair`) refuses
  /// TCP options, and if the peer has already gone, the first receive reports this.
  func apply(to descriptor: CInt) {
    Self.set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    if let keepAliveSeconds {
      Self.set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
      #if canImport(Darwin)
        Self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPALIVE, keepAliveSeconds)
      #else
        Self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPIDLE, keepAliveSeconds)
      #endif
      Self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPINTVL, max(1, keepAliveSeconds / 6))
      Self.set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }
    if let sendBufferBytes { Self.set(descriptor, SOL_SOCKET, SO_SNDBUF, sendBufferBytes) }
    if let receiveBufferBytes { Self.set(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes) }
    #if canImport(Darwin)
      Self.set(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
    #endif
  }

  /// Sets an integer option.
  /// - Returns: whether the system accepted it.
  @discardableResult
  static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: Int) -> Bool {
    var value = CInt(clamping: value)
    return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
  }
}
