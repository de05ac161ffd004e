public import Ingest
public import SocketIO
public import WireProtocol

/// Decides who may publish over the connections of one server. The server knows neither keys nor files; a test
/// brings an authenticator of its own.
///
/// The members are called on every loop at once, and must not block.
public protocol ConnectionAuthenticator: Sendable {
  /// A number that changes whenever a login may have ended, or may have other rights.
  var changes: UInt64 { get }

  /// Returns a challenge with a fresh random nonce.
  func makeChallenge() -> Challenge

  /// Checks a proof, and logs a refusal. An unknown key takes the same work as a wrong proof.
  /// - Parameters:
  ///   - attempt: the proof and the frames under it.
  ///   - channelBinding: the `tls-exporter` value of the connection; empty without TLS.
  ///   - peer: the address for the log.
  /// - Returns: nil when the key is unknown, expired or revoked, the proof is wrong, or the principal may not
  ///   publish.
  func authenticate(
    _ attempt: AuthAttempt, channelBinding: [UInt8], peer: SocketAddress?
  ) -> (any ConnectionPrincipal)?

  /// Returns the principal that a verified client certificate names, and logs a certificate that names none.
  /// - Parameters:
  ///   - names: the subject alternative names of the certificate, at least one.
  ///   - peer: the address for the log.
  /// - Returns: nil when the names belong to no principal or to several, or the principal may not publish.
  func recognise(certificateNames names: [String], peer: SocketAddress?) -> (any ConnectionPrincipal)?

  /// Logs that a principal wanted more than its rights allow.
  func refused(_ error: WireError, to principal: any ConnectionPrincipal, peer: SocketAddress?)
}

/// A principal as it logged in on one connection.
public protocol ConnectionPrincipal: Sendable {
  /// The name, which the store keeps as the owner of producers.
  var name: String { get }
  /// The topics that the principal may publish; nil for all.
  var topics: TopicGate? { get }
  /// The bounds of what the principal may send.
  var quota: PublishQuota { get }

  /// Returns the principal with the rights of now, under the same name; nil when the login has ended, because the
  /// key was revoked or is over, or the principal may not publish any more.
  func renewed() -> (any ConnectionPrincipal)?

  /// Returns the proof that the server knows the key of this login. Not called after a login by certificate.
  func serverProof(over message: [UInt8]) -> Bytes32
}

/// The errors of authentication that a client is told. They say nothing about keys.
extension WireError {
  static let notAuthenticated = WireError(
    .authenticationFailed, "the key is not accepted: check the key, or ask for a new one")

  static let revoked = WireError(
    .authenticationFailed,
    "the key or certificate was accepted before and is not any more: ask for a new one")

  static func tooManyOf(_ quota: PublishQuota) -> WireError {
    WireError(
      .tooManyConnections,
      "the principal of the key has its \(quota.connections ?? 0) connections already; close one of them")
  }

  static let keysNeedTLS = WireError(
    .authenticationFailed,
    "this server asks for a key, and takes keys from other machines over TLS alone: connect with TLS")

  static func topicNotAllowed(_ topic: String, in sequence: UInt64) -> WireError {
    WireError(
      .topicNotAllowed,
      "batch \(sequence) has the topic \(topic), which the key may not publish: use another key or another topic"
    )
  }
}
