import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// A connection that sends the given bytes and reads to the end, over TCP or over TLS.
struct RawConnection {
  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private let channel: any Channel

  /// Connects to `port` of this machine, and closes the connection when `body` returns.
  /// - Parameter tls: The context of a client; nil for a connection without TLS.
  static func with<Value: Sendable>(
    port: Int, tls: NIOSSLContext? = nil, _ body: @Sendable (inout RawConnection) async throws -> Value
  ) async throws -> Value {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
          }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel,
            configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      var connection = RawConnection(
        inbound: inbound.makeAsyncIterator(), outbound: outbound, channel: channel.channel)
      return try await body(&connection)
    }
  }

  /// Sends `bytes`.
  func send(_ bytes: some Sequence<UInt8>) async throws {
    try await outbound.write(ByteBuffer(bytes: bytes))
  }

  /// Sends `text` as UTF-8.
  func send(_ text: String) async throws {
    try await send(text.utf8)
  }

  /// Returns the certificate of the server; nil without TLS.
  func peerCertificate() async throws -> NIOSSLCertificate? {
    try await channel.nioSSL_peerCertificate().get()
  }

  /// Closes the output.
  func finish() { outbound.finish() }

  /// Returns everything until the server closes its output.
  mutating func readToEnd() async throws -> String {
    try await read { _ in false }
  }

  /// Reads until `isEnough` is true, or until the end; a reset and an end without close_notify count as the end.
  mutating func read(until isEnough: (String) -> Bool) async throws -> String {
    var received = ByteBuffer()
    do {
      while var part = try await inbound.next() {
        received.writeBuffer(&part)
        if isEnough(String(buffer: received)) { break }
      }
    } catch let error as IOError where error.errnoCode == ECONNRESET {
    } catch let error as NIOSSLError where error == .uncleanShutdown {}
    return String(buffer: received)
  }
}
