import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers what is not HTTP, or breaks its bounds, with a problem document and closes the connection;
/// an ingest client that took the wrong port reads there what it did.
///
/// Only between requests: with an answer under way, Hummingbird ends the connection.
final class ParseFailureHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let answers: AnswerCounts
  private var requestsInProgress = 0
  private var hasFailed = false

  /// A handler that counts what it answers in `answers`.
  init(answers: AnswerCounts) {
    self.answers = answers
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { requestsInProgress += 1 }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { requestsInProgress -= 1 }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError, requestsInProgress == 0, !hasFailed else {
      context.fireErrorCaught(error)
      return
    }
    hasFailed = true
    let (head, body) = Problem.unreadable(error).document
    answers.add(head.status.code)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
      context.close(mode: .output, promise: nil)
    }
  }
}

extension Problem {
  fileprivate static func unreadable(_ error: HTTPParserError) -> Problem {
    guard error != .headerOverflow else {
      return Problem(
        status: .requestHeaderFieldsTooLarge, kind: nil,
        detail: "The request line or a header field is longer than this server allows.")
    }
    return Problem(
      status: .badRequest, kind: nil,
      detail: "This is not an HTTP request. Ingest clients belong on the ingest port (tcp.port).")
  }

  /// The complete answer for a connection that ends with it.
  fileprivate var document: (HTTPResponse, ByteBuffer) {
    var writer = JSONWriter()
    writer.value(self)
    writer.endLine()
    let body = writer.takeBuffer()
    let fields: HTTPFields = [
      .contentType: ContentType.problem.fieldValue, .contentLength: String(body.readableBytes),
      .connection: "close", .xContentTypeOptions: "nosniff",
    ]
    return (HTTPResponse(status: status, headerFields: fields), body)
  }
}
