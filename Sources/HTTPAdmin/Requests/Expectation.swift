import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// The `Expect` field of a request (RFC 9110, section 10.1.1). The field of a request of HTTP/1.0 is ignored: the
/// framing of the connection removes it.
enum Expectation {
  /// Answers 100 when the client waits for that before it sends the body.
  /// - Throws: 417 for every other expectation.
  static func meet(of request: Request, in context: AdminContext) async throws {
    let expectations = request.headers[values: .expect].joined(separator: ",").lowercased()
      .split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    guard !expectations.isEmpty else { return }
    guard expectations.allSatisfy({ $0 == "100-continue" }) else { throw Problem.unknownExpectation }
    try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
  }
}
