import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypesHTTP2
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
    case http2(NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value>)
  }

  let encryption: HTTPEncryption
  let services: ConnectionServices
  let http1: HTTP1Channel
  /// The check of the headers of HTTP/2.
  let http2: HTTP2Head
  /// Maximum size of a header of HTTP/2.
  let headerBytes: Int
  /// The time after which a stream is closed whose client does not take its answer.
  let stalledTime: TimeAmount

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let connection = channel.eventLoop.makePromise(of: Connection?.self)
      let firstByte = FirstByteHandler(services.answers)
      let handshake = HandshakeHandler(encryption, services.register, firstByte) { choice in
        switch choice {
        case nil: connection.succeed(nil)
        case .http2: connection.completeWith(Result { .http2(try addHTTP2(to: channel)) })
        case .http1:
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
    case .http2(let streams):
      await withDiscardingTaskGroup { group in
        do {
          for try await stream in streams.inbound {
            group.addTask { await http1.handle(value: stream, logger: logger) }
          }
        } catch {
          logger.trace("a connection of HTTP/2 ended with an error: \(error)")
        }
      }
    }
  }

  /// Adds the handlers of HTTP/2 behind TLS. Each stream is a channel with one request.
  private func addHTTP2(
    to channel: any Channel
  ) throws -> NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value> {
    let handler = HTTP2ConnectionHandler(services)
    let connection = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    let streams = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
      mode: .server, streamDelegate: StreamObserver(handler, on: channel.eventLoop),
      configuration: HTTP2Bounds.configuration(headerBytes: headerBytes)
    ) { [services, http2, stalledTime] stream in
      stream.eventLoop.makeCompletedFuture {
        let pipeline = stream.pipeline.syncOperations
        try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
        try pipeline.addHandler(HTTP2StreamHandler(services, http2, isExtra: connection.value.isExtra))
        try pipeline.addHandler(StalledWriteHandler(timeout: stalledTime))
        return try HTTP1Channel.Value(wrappingChannelSynchronously: stream)
      }
    }
    try channel.pipeline.syncOperations.addHandler(handler)
    return streams
  }
}
