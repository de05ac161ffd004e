import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// A connection over TLS: the handshake, then HTTP in the version that the client chose.
struct EncryptedChannel: ServerChildChannel {
  /// A connection whose handshake goes on.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    /// The connection after the handshake; nil when there was none.
    let connection: EventLoopFuture<Connection?>
  }

  /// A connection after the handshake.
  enum Connection: Sendable {
    case http1(HTTP1Channel.Value)
  }

  let encryption: HTTPEncryption
  let services: ConnectionServices
  let http1: HTTP1Channel

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let connection = channel.eventLoop.makePromise(of: Connection?.self)
      let firstByte = FirstByteHandler(services.answers)
      let handshake = HandshakeHandler(encryption, services.register, firstByte) { choice in
        switch choice {
        case nil: connection.succeed(nil)
        case .http1, .http2:
          http1.setup(channel: channel, logger: logger).map { Connection.http1($0) }.cascade(to: connection)
        }
      }
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(firstByte)
      try pipeline.addHandler(NIOSSLServerHandler(context: encryption.context))
      try pipeline.addHandler(handshake)
      return Value(channel: channel, connection: connection.futureResult)
    }
  }

  func handle(value: Value, logger: Logger) async {
    guard let connection = try? await value.connection.get() else { return value.channel.closeAtOnce() }
    switch connection {
    case .http1(let channel): await http1.handle(value: channel, logger: logger)
    }
  }
}
