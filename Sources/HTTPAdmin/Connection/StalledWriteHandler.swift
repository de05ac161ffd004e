import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client stopped taking what it asked for, so that nobody can hold answers
/// in memory by not reading them.
///
/// Each part of an answer that reached the socket counts as progress; an answer without an end (an
/// event stream) may go on for ever.
final class StalledWriteHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let patience: TimeAmount
  private var pending = 0
  private var lastProgress = NIODeadline.uptimeNanoseconds(0)
  private var timer: Scheduled<Void>?

  /// A handler that waits for `patience` without progress.
  init(patience: TimeAmount) {
    self.patience = patience
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
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastProgress + patience) {
      self.timer = nil
      guard self.pending > 0 else { return }
      if context.eventLoop.now >= self.lastProgress + self.patience {
        context.close(promise: nil)
      } else {
        self.startTimer(context)
      }
    }
  }
}
