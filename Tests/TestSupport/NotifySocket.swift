import Glibc
import Synchronization

/// A socket that receives what services tell their manager: sd_notify(3).
public final class NotifySocket: Sendable {
  /// The value of `NOTIFY_SOCKET`.
  public let name: String
  private let descriptor: Int32
  private let received = Mutex<[String]>([])

  /// Binds a socket to a path, or to an abstract name that begins with `@`.
  public init(_ name: String) throws {
    self.name = name
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw TestSupportError("\(name) is too long for a socket")
    }
    if name.hasPrefix("@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = MemoryLayout<sa_family_t>.size + bytes.count + (name.hasPrefix("@") ? 0 : 1)
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
    }
    guard status == 0 else { throw TestSupportError("cannot bind \(name): error \(errno)") }
  }

  deinit { close(descriptor) }

  /// Returns all states that have arrived so far, in order.
  public func states() -> [String] {
    received.withLock { states in
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
        states += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
      }
      return states
    }
  }
}
