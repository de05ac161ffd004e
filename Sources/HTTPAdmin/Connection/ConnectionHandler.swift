import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The lifecycle of a connection: its time limits, its answer to a malformed request, and its end.
///
/// The handler is between the parser and Hummingbird. A malformed request gets a problem document after the
/// answers to the requests before it; then the connection is closed.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Time between closing the output and closing the connection. If the connection were closed at once while
  /// unread bytes of the client are left, the kernel would reset it, and the client could lose the answer.
  private static let linger = TimeAmount.seconds(2)

  private let services: ConnectionServices
  private let framing: RequestFraming
  private let timer: ClientTimer
  private var member: ConnectionList.Member?
  private var holder: BodyShares.Holder?
  /// Whether only the monitoring paths are answered here.
  private var isExtra = false

  private var requests = OpenRequests()
  /// Whether all further input is discarded.
  private var isOver = false
  /// Whether the connection is closed after the open answers.
  private var isEnding = false
  /// Whether the output is closed.
  private var isFinished = false
  /// The answer to a request that no route receives; sent after the open answers.
  private var refusal: Problem?
  /// Whether the connection is not read, because there is no memory for its body.
  private var isHeld = false
  private var hasHeldRead = false

  /// Creates a handler for one connection.
  init(_ services: ConnectionServices, framing: RequestFraming) {
    self.services = services
    self.framing = framing
    timer = ClientTimer(services.times)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    do {
      try context.pipeline.syncOperations.addFraming(RequestFramingHandler(framing))
      try context.channel.syncOptions?.setOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: BodyMemory.readBytes))
    } catch {
      return context.close(promise: nil)
    }
    if context.channel.isActive { open(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { close() }

  func channelActive(context: ChannelHandlerContext) {
    open(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    close()
    context.fireChannelInactive()
  }

  private func open(_ context: ChannelHandlerContext) {
    guard member == nil else { return }
    guard let (member, standing) = services.enter(context.channel) else {
      return context.channel.closeAtOnce()
    }
    self.member = member
    isExtra = standing == .extra
    let here = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    holder = services.bodies.enter { decision in
      loop.execute { here.value.handler.apply(decision, here.value.context) }
    }
    wait(for: .first(since: context.eventLoop.now), context)
  }

  private func close() {
    timer.cancel()
    if let member { services.register.leave(member) }
    if let holder { services.bodies.leave(holder) }
    holder = nil
    isFinished = true
  }
}

/// Input: requests and their errors.
extension ConnectionHandler {
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    switch unwrapInboundIn(data) {
    case .head(let request):
      guard !isExtra || services.isForWatchers(request.path) else {
        return refuse(.tooManyConnections, context)
      }
      if requests.isEmpty, let member { services.register.begin(member) }
      requests.begin(isHead: request.method == .head)
      wait(for: .body(since: context.eventLoop.now), context)
    case .body(let bytes): count(bytes.readableBytes, context)
    case .end:
      requests.completeBody()
      if let holder, services.bodies.complete(holder) { setHeld(false, context) }
      if requests.isEmpty { rest(context) } else { timer.waiting = .answer }
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // No other handler reads any more, and unread bytes could keep the answer from arriving (see `linger`).
    if isOver { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case RequestEvent.begins:
      if requests.isEmpty, !isOver, !isFinished { wait(for: .head(since: context.eventLoop.now), context) }
    case RequestEvent.head(let head):
      if head.isLast { isEnding = true }
    case is ChannelShouldQuiesceEvent:
      // Hummingbird closes idle connections on this event. Open requests get the time that is left.
      isEnding = true
      let channel = context.channel
      context.eventLoop.scheduleTask(in: TimeAmount(services.remaining())) { channel.closeAtOnce() }
      context.fireUserInboundEventTriggered(event)
    case let end as ChannelEvent where end == .inputClosed:
      if isFinished { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let problem = (error as? Problem) ?? (error as? HTTPParserError).map(Problem.init(unreadable:))
    guard let problem else { return context.fireErrorCaught(error) }
    guard !isOver else { return }
    refuse(problem, context)
  }

  /// Answers with `problem` after the open answers, and closes the connection.
  private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
    isOver = true
    isEnding = true
    setHeld(false, context)
    if requests.isBodyAwaited {
      // A route waits for the body: it receives the problem as an error and answers with it.
      context.fireErrorCaught(problem)
    } else if requests.isEmpty {
      answer(problem, context)
    } else {
      refusal = problem
    }
    context.read()
  }

  private func count(_ bytes: Int, _ context: ChannelHandlerContext) {
    guard let holder, requests.addBody(bytes) else { return }
    if !services.bodies.add(bytes, to: holder, at: context.eventLoop.now), !isHeld {
      setHeld(true, context)
      checkMemory(context)
    }
    timer.waiting = .body(since: context.eventLoop.now)
  }
}

/// Output: answers, and the end of the connection.
extension ConnectionHandler {
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isFinished else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var response) where response.status.kind != .informational:
      if response.headerFields[.connection]?.lowercased() == "close" { isEnding = true }
      // Only the last answer may say `close`: the client would discard the answers after it.
      if isEnding || isExtra, requests.count <= 1 { response.headerFields[.connection] = "close" }
      context.write(wrapOutboundOut(.head(response)), promise: promise)
      if requests.isOldestHead { drop(true, context) }
    case .end:
      context.write(data, promise: promise)
      drop(false, context)
      answered(context)
    default:
      context.write(data, promise: promise)
    }
  }

  func read(context: ChannelHandlerContext) {
    if isHeld { hasHeldRead = true } else { context.read() }
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard event is BodyEvent else { return context.triggerUserOutboundEvent(event, promise: promise) }
    if let holder { services.bodies.release(requests.releaseBody(), of: holder) }
    promise?.succeed()
  }

  private func drop(_ drops: Bool, _ context: ChannelHandlerContext) {
    context.triggerUserOutboundEvent(AnswerEvent.dropsBytes(drops), promise: nil)
  }

  /// Continues after the complete answer to the oldest request.
  private func answered(_ context: ChannelHandlerContext) {
    guard let bytes = requests.answer() else { return }
    if let holder { services.bodies.release(bytes, of: holder) }
    guard requests.isEmpty else { return }
    if requests.isReceiving { setHeld(false, context) }
    if let refusal {
      self.refusal = nil
      answer(refusal, context)
    } else if isEnding || isExtra {
      finish(context)
    } else if !requests.isReceiving {
      rest(context)
    }
  }

  private func rest(_ context: ChannelHandlerContext) {
    if let member { services.register.wait(member) }
    wait(for: .next(since: context.eventLoop.now), context)
  }

  /// Answers a request that no route receives, and closes the connection.
  private func answer(_ problem: Problem, _ context: ChannelHandlerContext) {
    guard !isFinished else { return }
    let (head, body) = problem.document
    services.answers.add(head.status.code)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    finish(context)
  }

  private func finish(_ context: ChannelHandlerContext) {
    guard !isFinished else { return }
    isFinished = true
    isOver = true
    timer.waiting = .answer
    let channel = context.channel
    context.flush()
    context.close(mode: .output, promise: nil)
    context.eventLoop.scheduleTask(in: Self.linger) { channel.closeAtOnce() }
    setHeld(false, context)
    context.read()
  }
}

/// Waiting for the client, and for memory.
extension ConnectionHandler {
  private func wait(for next: ConnectionTimes.Waiting, _ context: ChannelHandlerContext) {
    timer.start(next, on: context.eventLoop) { self.expire($0, context) }
  }

  private func expire(_ waiting: ConnectionTimes.Waiting, _ context: ChannelHandlerContext) {
    guard !isFinished else { return }
    switch waiting {
    case .first, .next: context.close(promise: nil)
    case .head: if !isOver { refuse(.headTooSlow, context) }
    case .body where requests.isAnsweredEarly: context.close(promise: nil)
    case .body: if !isOver { refuse(.bodyStalls, context) }
    case .answer: break
    }
  }

  private func checkMemory(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().scheduleTask(in: BodyMemory.checkInterval) {
      if self.isHeld, self.services.bodies.check(at: context.eventLoop.now) { self.checkMemory(context) }
    }
  }

  private func apply(_ decision: BodyShares.Decision, _ context: ChannelHandlerContext) {
    guard !isFinished else { return }
    switch decision {
    case .goOn:
      if requests.isReceiving { timer.waiting = .body(since: context.eventLoop.now) }
      setHeld(false, context)
    case .stalls: if !isOver { refuse(.bodyStalls, context) }
    case .noRoom: if !isOver { refuse(.noRoomForBody, context) }
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
