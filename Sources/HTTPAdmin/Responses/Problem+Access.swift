import HTTPTypes
import Hummingbird
import Ingest

/// Refusals of requests whose sender may not do what it asks for.
extension Problem {
  /// A request without a key.
  static let unauthenticated = Problem(
    status: .unauthorized, kind: .unauthenticated,
    detail: "Send a key that sluiced credentials made: Authorization: Bearer sluice_...",
    headers: [.wwwAuthenticate: "Bearer realm=\"sluice\""])

  /// A key that the server does not know, or that is not valid any more.
  static let wrongKey = Problem(
    status: .unauthorized, kind: .unauthenticated,
    detail: "The server does not accept this key: it is unknown, revoked, or its time is over.",
    headers: [.wwwAuthenticate: "Bearer realm=\"sluice\", error=\"invalid_token\""])

  /// A client certificate whose names belong to no principal, or to several.
  static let unknownCertificate = Problem(
    status: .unauthorized, kind: .unauthenticated,
    detail: "The names of this client certificate belong to no principal, or to several. Use another one, or "
      + "send a key.",
    headers: [.wwwAuthenticate: "Bearer realm=\"sluice\""])

  /// A request without TLS on the port with TLS.
  static let plainRequest = Problem(
    status: .badRequest, kind: .plainRequest, detail: "This port speaks TLS alone. Use https:// in the URL.")

  /// Many wrong keys from one address.
  static let tooManyWrongKeys = Problem(
    status: .tooManyRequests, kind: .tooManyWrongKeys,
    detail: "This address sent many wrong keys. Wait, and check the key.", headers: [.retryAfter: "10"])

  /// A key that everybody on the network could read.
  static let keyInClearText = Problem(
    status: .forbidden, kind: .keyInClearText,
    detail: "A key was sent without TLS, so others may have read it: revoke it, and use https.")

  /// A principal without the role of the route.
  static func roleMissing(_ role: String) -> Problem {
    Problem(
      status: .forbidden, kind: .roleMissing,
      detail: "This key may not do this: its principal needs the role \(role).",
      headers: [.wwwAuthenticate: "Bearer realm=\"sluice\", error=\"insufficient_scope\""])
  }

  /// A topic that the principal may not publish.
  static func topicNotAllowed(_ topic: String) -> Problem {
    Problem(
      status: .forbidden, kind: .topicNotAllowed,
      detail: "Nothing was stored: this key may not publish the topic \"\(PeerText.printable(topic))\".")
  }

  /// A request of a page of another site.
  static let foreignOrigin = Problem(
    status: .forbidden, kind: .foreignOrigin,
    detail: "A page of another site sent this request. http.cors.origins lists the sites that may do so.",
    errors: [Fault(place: .field("Origin"), detail: "This origin is not permitted.")])
}
