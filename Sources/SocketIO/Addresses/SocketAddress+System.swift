#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Conversion to and from the system's `sockaddr`.
extension SocketAddress {
  /// `AF_INET` or `AF_INET6`.
  var family: CInt {
    switch host {
    case .v4: AF_INET
    case .v6: AF_INET6
    }
  }

  /// Calls `body` with the address in the system's form.
  func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch host {
    case .v4(let address):
      var system = sockaddr_in()
      #if canImport(Darwin)
        system.sin_len = UInt8(MemoryLayout<sockaddr_in>.size)
      #endif
      system.sin_family = sa_family_t(AF_INET)
      system.sin_port = port.bigEndian
      system.sin_addr.s_addr = address
      return Self.rebound(system, body)
    case .v6(let high, let low, let scope):
      var system = sockaddr_in6()
      #if canImport(Darwin)
        system.sin6_len = UInt8(MemoryLayout<sockaddr_in6>.size)
      #endif
      system.sin6_family = sa_family_t(AF_INET6)
      system.sin6_port = port.bigEndian
      system.sin6_addr = in6_addr(high: high, low: low)
      system.sin6_scope_id = scope
      return Self.rebound(system, body)
    }
  }

  private static func rebound<System, Result>(
    _ system: System, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: system) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<System>.size))
      }
    }
  }

  /// Reads the system's form; nil when the family is not IP, as with the sockets of a `socketpair`, or when
  /// `length` is too short for the family.
  init?(_ system: UnsafePointer<sockaddr>, length: socklen_t) {
    let raw = UnsafeRawBufferPointer(start: system, count: Int(length))
    guard raw.count >= MemoryLayout<sa_family_t>.size else { return nil }
    switch CInt(system.pointee.sa_family) {
    case AF_INET where raw.count >= MemoryLayout<sockaddr_in>.size:
      let four = raw.loadUnaligned(as: sockaddr_in.self)
      self.init(.v4(four.sin_addr.s_addr), port: UInt16(bigEndian: four.sin_port))
    case AF_INET6 where raw.count >= MemoryLayout<sockaddr_in6>.size:
      let six = raw.loadUnaligned(as: sockaddr_in6.self)
      self.init(
        Host(six.sin6_addr, scope: six.sin6_scope_id), port: UInt16(bigEndian: six.sin6_port))
    default:
      return nil
    }
  }

  /// Runs a system call that fills in an address, and returns its result with this address.
  static func filled<Result>(
    by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
  ) -> (Result, SocketAddress?) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { system in
        let result = call(system, &length)
        return (result, SocketAddress(system, length: length))
      }
    }
  }

  /// The local address of a socket; nil when it has none, or is not an IP socket.
  static func local(of descriptor: CInt) -> SocketAddress? {
    let (result, address) = filled { getsockname(descriptor, $0, $1) }
    return result == 0 ? address : nil
  }

  /// The address of a socket's peer; nil when it has none, or is not an IP socket.
  static func peer(of descriptor: CInt) -> SocketAddress? {
    let (result, address) = filled { getpeername(descriptor, $0, $1) }
    return result == 0 ? address : nil
  }
}
