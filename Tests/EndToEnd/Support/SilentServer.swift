import Foundation
import TestSupport

/// A server that accepts connections and answers nothing: the kernel completes them, and no program takes them.
final class SilentServer {
  private let descriptor: CInt
  /// The port on this machine.
  let port: Int

  init() throws {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw TestSupportError("no socket: error \(errno)") }
    descriptor = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isListening = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
      var size = socklen_t(bytes.count)
      return bind(listener, pointer, size) == 0 && listen(listener, 128) == 0
        && getsockname(listener, pointer, &size) == 0
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isListening else { throw TestSupportError("cannot listen: error \(errno)") }
  }

  deinit { close(descriptor) }
}
