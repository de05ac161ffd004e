import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// One request of a connection of HTTP/2: the check of its header, the memory of its body, its time limits, and its
/// end.
final class HTTP2StreamHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Time after a complete answer in which the rest of a body is discarded. Then the stream is reset.
  private static let linger = TimeAmount.seconds(1)
  /// Fields that HTTP/2 forbids, because they are about the connection (RFC 9113, section 8.2.2).
  private static let connectionFields =
    [HTTPField.Name.connection, .transferEncoding, .upgrade]
    + ["keep-alive"].compactMap { HTTPField.Name($0) }

  private let services: ConnectionServices
  private let head: HTTP2Head
  private let isExtra: Bool
  private let timer: ClientTimer
  private var holder: BodyShares.Holder?

  private var isHead = false
  /// Whether a route has received the request.
  private var isForwarded = false
  /// Whether the body is still arriving.
  private var isReceiving = true
  /// Whether the answer is complete.
  private var isAnswered = false
  /// Whether the request was refused before a route received it, so that all further input is discarded.
  private var isOver = false
  /// Bytes of the body that arrived, and bytes of it that are counted.
  private var (arrived, counted) = (0, 0)
  private var isHeld = false
  private var hasHeldRead = false

  /// - Parameter isExtra: Whether only the monitoring paths are answered.
  init(_ services: ConnectionServices, _ head: HTTP2Head, isExtra: Bool) {
    self.services = services
    self.head = head
    self.isExtra = isExtra
    timer = ClientTimer(services.times)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let here = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    holder = services.bodies.enter { decision in
      loop.execute { here.value.handler.apply(decision, here.value.context) }
    }
    timer.start(.head(since: context.eventLoop.now), on: context.eventLoop) { self.expire($0, context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { close() }

  func channelInactive(context: ChannelHandlerContext) {
    close()
    context.fireChannelInactive()
  }

  private func close() {
    timer.cancel()
    if let holder { services.bodies.leave(holder) }
    holder = nil
  }
}

/// Input.
extension HTTP2StreamHandler {
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .end = part {
      isReceiving = false
      timer.waiting = .answer
      if let holder, services.bodies.complete(holder) { setHeld(false, context) }
    }
    guard !isOver, !isAnswered else { return }
    switch part {
    case .head(let request):
      isHead = request.method == .head
      if isExtra, !services.isForWatchers(request.path) { return refuse(.tooManyConnections, context) }
      if let problem = head.problem(of: request) { return refuse(problem, context) }
      isForwarded = true
      timer.waiting = .body(since: context.eventLoop.now)
    case .body(let bytes):
      arrived += bytes.readableBytes
      guard arrived <= head.bodyBytes else { return refuse(.bodyTooLarge(limit: head.bodyBytes), context) }
      // The client may fill the window before the server reads on.
      let bytesToCount = max(arrived, HTTP2Bounds.windowBytes)
      if bytesToCount > counted { count(bytesToCount - counted, context) }
      timer.waiting = .body(since: context.eventLoop.now)
    case .end: break
    }
    context.fireChannelRead(data)
  }

  private func count(_ bytes: Int, _ context: ChannelHandlerContext) {
    guard let holder else { return }
    counted += bytes
    guard !services.bodies.add(bytes, to: holder, at: context.eventLoop.now), !isHeld else { return }
    setHeld(true, context)
    checkMemory(context)
  }

  /// Answers with `problem`: here, or by the route that waits for the body.
  private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
    guard !isOver, !isAnswered else { return }
    isOver = true
    setHeld(false, context)
    if isForwarded { return context.fireErrorCaught(problem) }
    let (head, body) = problem.document
    services.answers.add(head.status.code)
    write(context: context, data: wrapOutboundOut(.head(head)), promise: nil)
    write(context: context, data: wrapOutboundOut(.body(body)), promise: nil)
    write(context: context, data: wrapOutboundOut(.end(nil)), promise: nil)
    context.flush()
  }
}

/// Output.
extension HTTP2StreamHandler {
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var response):
      for name in Self.connectionFields { response.headerFields[name] = nil }
      context.write(wrapOutboundOut(.head(response)), promise: promise)
    case .body where isHead: promise?.succeed()
    case .body: context.write(data, promise: promise)
    case .end:
      isAnswered = true
      timer.waiting = .answer
      release()
      context.write(data, promise: promise)
      setHeld(false, context)
      guard isReceiving else { return }
      let channel = context.channel
      context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
  }

  func read(context: ChannelHandlerContext) {
    if isHeld { hasHeldRead = true } else { context.read() }
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard event is BodyEvent else { return context.triggerUserOutboundEvent(event, promise: promise) }
    release()
    promise?.succeed()
  }

  private func release() {
    if let holder { services.bodies.release(counted, of: holder) }
    counted = 0
  }
}

/// Waiting for the client, and for memory.
extension HTTP2StreamHandler {
  private func expire(_ waiting: ConnectionTimes.Waiting, _ context: ChannelHandlerContext) {
    guard isReceiving, !isAnswered else { return }
    switch waiting {
    case .first, .next, .head: refuse(.headTooSlow, context)
    case .body: refuse(.bodyStalls, context)
    case .answer: break
    }
  }

  private func checkMemory(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().scheduleTask(in: BodyMemory.checkInterval) {
      if self.isHeld, self.services.bodies.check(at: context.eventLoop.now) { self.checkMemory(context) }
    }
  }

  private func apply(_ decision: BodyShares.Decision, _ context: ChannelHandlerContext) {
    guard holder != nil else { return }
    switch decision {
    case .goOn:
      if isReceiving { timer.waiting = .body(since: context.eventLoop.now) }
      setHeld(false, context)
    case .stalls: refuse(.bodyStalls, context)
    case .noRoom: refuse(.noRoomForBody, context)
    }
  }

  private func setHeld(_ held: Bool, _ context: ChannelHandlerContext) {
    isHeld = held
    timer.isPaused = held
    guard !held, hasHeldRead else { return }
    hasHeldRead = false
    context.read()
  }
}
