import CIntrinsics

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How a connection's socket is set up.
public struct SocketOptions: Hashable, Sendable {
  /// Bytes received at most before other connections of the loop have their turn. 256 KiB by default.
  public var readBudget: Int = 256 * 1024
  /// Seconds of silence before the system probes whether the peer's machine is still there; nil: never.
  public var keepAliveSeconds: Int? = 60
  /// The kernel's buffer for what is to be sent, in bytes; nil: as the system tunes it.
  public var sendBufferBytes: Int?
  /// The kernel's buffer for what was received, in bytes; nil: as the system tunes it.
  public var receiveBufferBytes: Int?

  /// The defaults.
  public init() {}

  /// Sets up `descriptor`. A socket without TCP (of a `socketpair`) refuses what concerns TCP, and a
  /// peer that has already gone may make the system refuse anything: neither is worth an error here,
  /// since the first receive reports the latter.
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

  /// Sets an integer option. Whether the system took it.
  @discardableResult
  static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: Int) -> Bool {
    var value = CInt(clamping: value)
    return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size)) == 0
  }
}
