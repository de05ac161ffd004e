import HTTPTypes
import NIOCore

/// The handler between the socket and TLS: answers requests without TLS in words, and closes the connection without
/// waiting for the client.
final class FirstByteHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Time between closing the output and closing the connection, for the client to read the answer.
  private static let linger = TimeAmount.seconds(1)

  private enum State {
    case waiting
    case encrypted
    /// The client does not speak TLS, and has got the answer.
    case refused
  }

  private let answers: AnswerCounts
  private var state = State.waiting
  private var context: ChannelHandlerContext?

  /// Creates a handler for one connection, which counts its answer in `answers`.
  init(_ answers: AnswerCounts) {
    self.answers = answers
  }

  /// Whether the client sent a request without TLS.
  var isRefused: Bool { state == .refused }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Closes the socket. On the event loop of the connection only.
  func closeSocket() { context?.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .refused: return
    case .encrypted: break
    case .waiting:
      // A method of HTTP begins with a capital letter, and no record of TLS does (RFC 8446, section 5.1).
      if let first = unwrapInboundIn(data).readableBytesView.first, (0x41...0x5A).contains(first) {
        return refuse(context)
      }
      state = .encrypted
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isRefused, let event = event as? ChannelEvent, event == .inputClosed { return closeSocket() }
    context.fireUserInboundEventTriggered(event)
  }

  private func refuse(_ context: ChannelHandlerContext) {
    state = .refused
    let (head, body) = Problem.plainRequest.document
    answers.add(head.status.code)
    var answer = ByteBuffer(string: "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n")
    for field in head.headerFields { answer.writeString("\(field.name): \(field.value)\r\n") }
    answer.writeString("\r\n")
    answer.writeImmutableBuffer(body)
    context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
    context.close(mode: .output, promise: nil)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { self.closeSocket() }
  }
}

extension Channel {
  /// Closes the connection, or the stream, without waiting for the client. TLS alone would first wait for the client's
  /// close_notify, while the connection keeps its descriptor.
  func closeAtOnce() {
    eventLoop.execute {
      if let handler = try? self.pipeline.syncOperations.handler(type: FirstByteHandler.self) {
        handler.closeSocket()
      } else {
        self.close(promise: nil)
      }
    }
  }
}
