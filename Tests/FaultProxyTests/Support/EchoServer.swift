import Foundation

@testable import FaultProxy

/// A server that sends all received bytes back, and adds a number to each byte.
final class EchoServer: Sendable {
  let address: ProxyAddress
  private let listener: CInt

  /// Runs a server while `body` runs.
  static func run(adding number: UInt8 = 0, _ body: (EchoServer) async throws -> Void) async throws {
    let server = try EchoServer(adding: number)
    defer { shutdown(server.listener, CInt(SHUT_RDWR)) }
    try await body(server)
  }

  private init(adding number: UInt8) throws {
    let (listener, address) = try ProxyAddress.tcp(port: 0).listen()
    (self.listener, self.address) = (listener, address)
    Thread.detachNewThread {
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        Thread.detachNewThread { Self.echo(descriptor, number) }
      }
      close(listener)
    }
  }

  private static func echo(_ descriptor: CInt, _ number: UInt8) {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      for index in 0..<count { buffer[index] &+= number }
      var sent = 0
      while sent < count {
        let more = buffer.withUnsafeBytes {
          send(descriptor, $0.baseAddress?.advanced(by: sent), count - sent, CInt(MSG_NOSIGNAL))
        }
        guard more > 0 else { break }
        sent += more
      }
      if sent < count { break }
    }
    close(descriptor)
  }
}
