import CIntrinsics

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Listener {
  /// A socket that listens on `address`.
  static func listeningSocket(on address: SocketAddress, backlog: Int) throws(SocketError) -> CInt {
    let descriptor = sluice_stream_socket(address.family)
    guard descriptor >= 0 else { throw SocketError(.listen, address.description, code: errno) }
    guard bindAndListen(descriptor, address, backlog) else {
      let code = errno
      closeDescriptor(descriptor)
      throw SocketError(.listen, address.description, code: code)
    }
    return descriptor
  }

  /// False with `errno`.
  private static func bindAndListen(_ descriptor: CInt, _ address: SocketAddress, _ backlog: Int) -> Bool {
    // Without it a restarted server finds its port taken by its own closed connections for a minute.
    guard SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) else { return false }
    if address.family == AF_INET6 {
      // Machines differ in their default; a wildcard serves both versions, on all of them.
      let onlySix = address.isWildcard ? 0 : 1
      guard SocketOptions.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, onlySix) else { return false }
    }
    guard address.withSystemAddress({ bind(descriptor, $0, $1) }) == 0 else { return false }
    return listen(descriptor, CInt(clamping: backlog)) == 0
  }
}
