import Glibc
import Logging
import NIOCore

/// Pauses accepting while the process has no free file descriptors. Without the pause, `accept` would fail in
/// a busy loop on one core.
///
/// Runs in the pipeline of the listening channel.
final class AcceptHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Channel

  /// Length of a pause when every connection is busy, so that nothing could be closed.
  static let pause = TimeAmount.milliseconds(100)
  /// Length of a pause after idle connections were closed. Their descriptors are free within this time.
  static let shortPause = TimeAmount.milliseconds(10)
  /// Time without a shortage after which the log reports that accepting works again.
  static let calm = TimeAmount.seconds(5)

  private let register: ConnectionRegister
  private let logger: Logger
  private var isPaused = false
  /// Time of the last shortage; nil when the log has reported its end.
  private var lastShortage: NIODeadline?

  /// Creates a handler that closes idle connections of `register` when descriptors run out.
  init(register: ConnectionRegister, logger: Logger) {
    self.register = register
    self.logger = logger
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if let last = lastShortage, context.eventLoop.now - last >= Self.calm {
      lastShortage = nil
      logger.notice("accepting HTTP connections without pauses again")
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let ioError = error as? IOError, Self.isShortage(ioError.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    if lastShortage == nil {
      logger.warning(
        """
        accepting HTTP connections pauses: no descriptors are left; raise the limit (ulimit -n) or lower \
        http.connections and limits.connections
        """,
        metadata: ["http.connections": "\(register.count)"])
    }
    lastShortage = context.eventLoop.now
    // Idle connections give their descriptors to new ones.
    let pause = register.closeOldest() ? Self.shortPause : Self.pause
    guard !isPaused else { return }
    isPaused = true
    setReads(false, context)
    context.eventLoop.assumeIsolated().scheduleTask(in: pause) {
      self.isPaused = false
      self.setReads(true, context)
    }
  }

  /// NIO's channel keeps trying to read after an error; only `autoRead` takes its socket out of the selector.
  private func setReads(_ reads: Bool, _ context: ChannelHandlerContext) {
    do {
      try context.channel.syncOptions?.setOption(.autoRead, value: reads)
    } catch {
      logger.debug("the listener is closed already", metadata: ["error.message": "\(error)"])
    }
  }

  /// Whether an error of `accept` is a shortage of descriptors or memory, which ends by itself.
  private static func isShortage(_ code: CInt) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code)
  }
}
