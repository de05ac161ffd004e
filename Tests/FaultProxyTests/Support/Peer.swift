import Dispatch
import Foundation

@testable import FaultProxy

/// A connected socket of a test. Blocking calls run outside Swift's cooperative threads.
final class Peer: Sendable {
  private let descriptor: CInt

  init(adopting descriptor: CInt) {
    self.descriptor = descriptor
  }

  convenience init(connectedTo address: ProxyAddress) throws {
    self.init(adopting: try address.connect())
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) async {
    await elsewhere { descriptor in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Reads `count` bytes; fewer when the stream ends first.
  func read(_ count: Int) async -> [UInt8] {
    await elsewhere { Self.read($0, count) }
  }

  /// Reads `count` bytes; nil when no byte came within `limit`.
  func read(_ count: Int, within limit: Duration) async -> [UInt8]? {
    await elsewhere { descriptor in
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, CInt(limit / .milliseconds(1))) == 1 else { return nil }
      return Self.read(descriptor, count)
    }
  }

  func readToEnd() async -> [UInt8] {
    await read(.max)
  }

  func endWriting() {
    shutdown(descriptor, CInt(SHUT_WR))
  }

  private static func read(_ descriptor: CInt, _ count: Int) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while all.count < count {
      let got = recv(descriptor, &buffer, min(buffer.count, count - all.count), 0)
      guard got > 0 else { break }
      all += buffer[..<got]
    }
    return all
  }

  private func elsewhere<Value: Sendable>(_ body: @escaping @Sendable (CInt) -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in continuation.resume(returning: body(descriptor)) }
    }
  }
}
