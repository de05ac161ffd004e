import NIOCore
import NIOHTTP2

/// The lifecycle of a connection of HTTP/2: its place in the register, its time limits, and its end. The streams have
/// handlers of their own.
final class HTTP2ConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private let services: ConnectionServices
  private let timer: ClientTimer
  private var context: ChannelHandlerContext?
  private var member: ConnectionList.Member?
  /// Whether only the monitoring paths are answered here.
  private(set) var isExtra = false
  private var openStreams = 0
  /// Whether the connection is closed after the open streams.
  private var isEnding = false

  init(_ services: ConnectionServices) {
    self.services = services
    timer = ClientTimer(services.times)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    // The connection entered the register when its handshake began.
    guard let (member, standing) = services.enter(context.channel) else {
      return context.channel.closeAtOnce()
    }
    self.member = member
    isExtra = standing == .extra
    wait(for: .first(since: context.eventLoop.now), context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer.cancel()
    if let member { services.register.leave(member) }
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // Frames of the connection itself, which SwiftNIO answers.
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent:
      end(context)
      let channel = context.channel
      context.eventLoop.scheduleTask(in: TimeAmount(services.remaining())) { channel.closeAtOnce() }
    case let end as ChannelEvent where end == .inputClosed:
      // Nothing more can come, and a client of HTTP/2 that leaves does not wait for answers.
      context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // SwiftNIO has sent GOAWAY for an error of the connection; an error of a stream reaches its stream, too.
    if error is NIOHTTP2Errors.StreamError { return }
    context.close(promise: nil)
  }

  /// Notes that a request begins.
  func streamCreated() {
    openStreams += 1
    guard openStreams == 1, let member else { return }
    services.register.begin(member)
    timer.waiting = .answer
  }

  /// Notes that a stream is closed.
  func streamClosed() {
    openStreams -= 1
    assert(openStreams >= 0, "a stream closes once")
    guard openStreams == 0, let context else { return }
    if isEnding || isExtra { return context.close(promise: nil) }
    if let member { services.register.wait(member) }
    wait(for: .next(since: context.eventLoop.now), context)
  }

  /// Takes no further streams, and closes the connection after the open ones.
  private func end(_ context: ChannelHandlerContext) {
    guard !isEnding else { return }
    isEnding = true
    let frame = HTTP2Frame(
      streamID: .rootStream, payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    if openStreams == 0 { context.close(promise: nil) }
  }

  private func wait(for next: ConnectionTimes.Waiting, _ context: ChannelHandlerContext) {
    timer.start(next, on: context.eventLoop) { _ in self.end(context) }
  }
}

/// Tells a connection about its streams. SwiftNIO calls it on the loop of the connection.
struct StreamObserver: NIOHTTP2StreamDelegate {
  private let handler: NIOLoopBound<HTTP2ConnectionHandler>

  init(_ handler: HTTP2ConnectionHandler, on loop: any EventLoop) {
    self.handler = NIOLoopBound(handler, eventLoop: loop)
  }

  func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { handler.value.streamCreated() }

  func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { handler.value.streamClosed() }
}
