import NIOCore
import NIOSSL
import NIOTLS

/// The handler between TLS and HTTP: the time limit of the handshake, its result, and the choice of the protocol.
///
/// From its first moment the connection is in the register as one that has sent no request, so that a silent
/// handshake makes room for others.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let encryption: HTTPEncryption
  private let register: ConnectionRegister
  private let firstByte: FirstByteHandler
  /// Called once with the protocol that the client chose; nil when there was no handshake.
  private let chosen: (NegotiatedProtocol?) -> Void

  private var member: ConnectionList.Member?
  private var timer: Scheduled<Void>?
  private var isComplete = false
  private var hasChosen = false
  /// The first reason why the handshake failed.
  private var reason: String?

  init(
    _ encryption: HTTPEncryption, _ register: ConnectionRegister, _ firstByte: FirstByteHandler,
    chosen: @escaping (NegotiatedProtocol?) -> Void
  ) {
    self.encryption = encryption
    self.register = register
    self.firstByte = firstByte
    self.chosen = chosen
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard member == nil else { return }
    guard let (member, _) = register.enter(context.channel) else { return firstByte.closeSocket() }
    self.member = member
    let limit = TimeAmount(encryption.settings.handshake)
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
      self.reason = HandshakeReason.slow
      self.firstByte.closeSocket()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted(let name):
      timer?.cancel()
      isComplete = true
      let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
      encryption.completed(on: context.channel, certificate: certificate)
      choose(name.flatMap(NegotiatedProtocol.init) ?? .http1)
    case is ChannelShouldQuiesceEvent where !isComplete:
      firstByte.closeSocket()
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard isComplete else {
      reason = reason ?? HandshakeReason.text(error)
      return
    }
    // An end without close_notify: the length of a request says whether it is complete, as without TLS.
    if let error = error as? NIOSSLError, case .uncleanShutdown = error { return }
    context.fireErrorCaught(error)
  }

  func handlerRemoved(context: ChannelHandlerContext) { choose(nil) }

  private func choose(_ choice: NegotiatedProtocol?) {
    guard !hasChosen else { return }
    hasChosen = true
    chosen(choice)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    if let member { register.leave(member) }
    encryption.ended(context.channel)
    if !isComplete {
      let reason = firstByte.isRefused ? HandshakeReason.plain : reason ?? HandshakeReason.ended
      encryption.failed(reason, from: context.channel.remoteAddress?.ipAddress)
      choose(nil)
    }
    context.fireChannelInactive()
  }
}
