import NIOCore

/// Runs `RequestFraming` between the socket and the parser, so that refused bytes never reach the parser.
final class RequestFramingHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private var framing: RequestFraming
  private var received = ByteBuffer()
  private var hasFailed = false
  private var dropsBytes = false

  /// Creates a handler that applies `framing`.
  init(_ framing: RequestFraming) {
    self.framing = framing
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasFailed else { return }
    var bytes = unwrapInboundIn(data)
    if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
    let began = framing.isInsideHead(received)
    if began { context.fireUserInboundEventTriggered(RequestEvent.begins) }
    do throws(Problem) {
      while let piece = try framing.next(&received) {
        switch piece {
        case .head(let head, let bytes):
          context.fireUserInboundEventTriggered(RequestEvent.head(head))
          context.fireChannelRead(wrapInboundOut(bytes))
        case .body(let bytes):
          context.fireChannelRead(wrapInboundOut(bytes))
        }
      }
    } catch {
      fail(error, context)
    }
    // An empty buffer would keep its memory until the next bytes arrive.
    if received.readableBytes == 0 { received = ByteBuffer() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed, !hasFailed {
      do throws(Problem) { try framing.end(received) } catch { fail(error, context) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard let event = event as? AnswerEvent else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    if case .dropsBytes(let drops) = event { dropsBytes = drops }
    promise?.succeed()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !dropsBytes else {
      promise?.succeed()
      return
    }
    context.write(data, promise: promise)
  }

  private func fail(_ problem: Problem, _ context: ChannelHandlerContext) {
    hasFailed = true
    received = ByteBuffer()
    context.fireErrorCaught(problem)
  }
}

extension ChannelPipeline.SynchronousOperations {
  /// Adds the handler that reads the first bytes of HTTP: the plaintext of an encrypted connection.
  func addFraming(_ framing: RequestFramingHandler) throws {
    let handshake = try? handler(type: HandshakeHandler.self)
    try addHandler(framing, position: handshake.map { .after($0) } ?? .first)
  }
}

/// Events from `RequestFramingHandler` to `ConnectionHandler`, in the order of the bytes.
enum RequestEvent {
  /// The first byte of a header arrived.
  case begins
  /// A header is complete; the next part is this header.
  case head(RequestHead)
}

/// Events from `ConnectionHandler` to `RequestFramingHandler`.
enum AnswerEvent {
  /// Whether further output is discarded, because an answer to HEAD ends with its header.
  case dropsBytes(Bool)
}

/// Events from a route to the connection of its request.
enum BodyEvent {
  /// The body is no longer in memory.
  case isDoneWith
}
