import Foundation

/// An address on this machine on which a proxy listens, or to which it connects.
public enum ProxyAddress: Hashable, Sendable {
  /// A port of 127.0.0.1; 0 to listen on a free port.
  case tcp(port: UInt16)
  /// A Unix socket with this path.
  case unix(path: String)

  /// Returns the address of the Unix socket of the Postgres whose sockets are in `directory`.
  public static func postgres(in directory: String) -> ProxyAddress {
    .unix(path: "\(directory)/.s.PGSQL.5432")
  }

  /// Returns a listening socket, and its address with the port that the system chose.
  /// - Throws: `ProxyError`.
  func listen() throws -> (descriptor: CInt, address: ProxyAddress) {
    let descriptor = try makeSocket()
    if case .unix(let path) = self { unlink(path) }
    var yes: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
    guard try call(bind, descriptor) == 0, Glibc.listen(descriptor, 512) == 0 else {
      let error = ProxyError("cannot listen on \(self)", errno)
      close(descriptor)
      throw error
    }
    guard case .tcp = self else { return (descriptor, self) }
    var chosen = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutableBytes(of: &chosen) {
      getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
    }
    return (descriptor, .tcp(port: UInt16(bigEndian: chosen.sin_port)))
  }

  /// Returns a connected socket.
  /// - Throws: `ProxyError`.
  func connect() throws -> CInt {
    let descriptor = try makeSocket()
    guard try call(Glibc.connect, descriptor) == 0 else {
      let error = ProxyError("cannot connect to \(self)", errno)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private func makeSocket() throws -> CInt {
    let family = if case .tcp = self { AF_INET } else { AF_UNIX }
    let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ProxyError("no socket", errno) }
    return descriptor
  }

  /// Calls `bind` or `connect` with this address.
  private func call(
    _ function: (CInt, UnsafePointer<sockaddr>?, socklen_t) -> CInt, _ descriptor: CInt
  ) throws -> CInt {
    switch self {
    case .tcp(let port):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      return withUnsafeBytes(of: &address) {
        function(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
      }
    case .unix(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw ProxyError("\(path) is too long for a socket", ENAMETOOLONG)
      }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      return withUnsafeBytes(of: &address) {
        function(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
      }
    }
  }
}

/// A failure of a system call of the proxy.
public struct ProxyError: Error, CustomStringConvertible {
  /// The failed operation and the reason.
  public let description: String

  init(_ what: String, _ code: CInt) {
    description = "\(what): \(String(cString: strerror(code)))"
  }
}
