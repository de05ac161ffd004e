import HTTPTypes
import Ingest
import NIOCore
import NIOHTTP1

/// Parts that all connections of a server share.
struct ConnectionServices: Sendable {
  /// All open connections.
  let register: ConnectionRegister
  /// The memory for bodies.
  let bodies: BodyMemory
  /// The time limits.
  let times: ConnectionTimes
  /// Counts the answers that no route gives.
  let answers: AnswerCounts
  /// Returns the time that a request may still take when the server stops.
  let remaining: @Sendable () -> Duration

  /// Whether connections entered the register before their HTTP began, with their TLS handshake.
  var isEncrypted = false

  /// Returns the number of a connection whose HTTP begins; nil when there is no place for it.
  func enter(
    _ channel: any Channel
  ) -> (member: ConnectionList.Member, standing: ConnectionRegister.Standing)? {
    isEncrypted ? register.adopt(channel) : register.enter(channel)
  }

  /// The monitoring paths, which are answered even while all connections are busy.
  private static let watchers: Set<Substring> = ["/livez", "/readyz", "/health", "/metrics"]

  /// Whether `target` is a monitoring path.
  func isForWatchers(_ target: String?) -> Bool {
    guard let target else { return false }
    return Self.watchers.contains(target.prefix { $0 != "?" })
  }
}

extension Problem {
  /// Creates the problem for a request that the framing accepted and the parser refused.
  init(unreadable error: HTTPParserError) {
    self =
      switch error {
      case .headerOverflow: .headTooLarge
      case .invalidMethod: .unknownMethod
      case .invalidEOFState: .bodyEndsEarly(received: 0, announced: nil)
      default: .notHTTP
      }
  }

  /// The complete answer for a connection that is closed after it.
  var document: (HTTPResponse, ByteBuffer) {
    var writer = JSONWriter()
    writer.value(self)
    writer.endLine()
    let body = writer.takeBuffer()
    var fields = headers
    fields[.contentType] = ContentType.problem.fieldValue
    fields[.contentLength] = String(body.readableBytes)
    fields[.connection] = "close"
    fields[.xContentTypeOptions] = "nosniff"
    return (HTTPResponse(status: status, headerFields: fields), body)
  }
}
