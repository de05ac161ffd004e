import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client stops reading, so that no client can keep answers in memory by not
/// reading them.
///
/// Each part of an answer that reaches the socket counts as progress, so an endless answer (an event stream)
/// is not closed while its client reads.
final class StalledWriteHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let timeout: TimeAmount
  private var pending = 0
  private var lastProgress = NIODeadline.uptimeNanoseconds(0)
  private var timer: Scheduled<Void>?

  /// Creates a handler that closes the connection after `timeout` without progress.
  init(timeout: TimeAmount) {
    self.timeout = timeout
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let written = promise ?? context.eventLoop.makePromise()
    if pending == 0 { lastProgress = context.eventLoop.now }
    pending += 1
    if timer == nil { startTimer(context) }
    written.futureResult.assumeIsolated().whenComplete { _ in
      self.pending -= 1
      self.lastProgress = context.eventLoop.now
    }
    context.write(data, promise: written)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
  }

  private func startTimer(_ context: ChannelHandlerContext) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastProgress + timeout) {
      self.timer = nil
      guard self.pending > 0 else { return }
      if context.eventLoop.now >= self.lastProgress + self.timeout {
        context.close(promise: nil)
      } else {
        self.startTimer(context)
      }
    }
  }
}
