internal import COpenSSL

/// The reason why TLS ends a connection, in one line for people: what is wrong, and what to do.
public struct TLSFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failures.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The peer's certificate is past its last day.
    case expired
    /// The peer's certificate is not valid yet.
    case notYetValid
    /// The server's certificate has other names.
    case wrongName
    /// No known authority signed the peer's certificate.
    case unknownAuthority
    /// The public key of the server's certificate is not the pinned one.
    case otherKey
    /// The peer's certificate fails for another reason.
    case badCertificate
    /// The client has no certificate, and the server requires one.
    case certificateRequired
    /// The peer did not accept this side's certificate.
    case certificateRefused
    /// The sides have no common version.
    case version
    /// The sides have no common cipher.
    case cipher
    /// The peer speaks TLS 1.2 without the extended master secret (RFC 7627).
    case noChannelBinding
    /// The peer's bytes are not TLS.
    case notTLS
    /// The peer ended the connection in the handshake.
    case endedInHandshake
    /// The connection ended without close_notify, so bytes may be missing.
    case truncated
    /// A record was changed on its way.
    case damagedRecord
    /// The peer broke a rule of TLS, or reported that this side did.
    case protocolViolation
  }

  /// The kind.
  public let kind: Kind
  /// The failure in words, and the remedy.
  public let description: String

  /// A failure of this kind on the side `role`.
  /// - Parameter serverName: the name that the server's certificate should have, for the text.
  init(_ kind: Kind, _ role: TLSRole, serverName: String = "", detail: String = "") {
    self.kind = kind
    let peer = role == .client ? "server" : "client"
    description =
      switch kind {
      case .expired: "the certificate of the \(peer) has expired: renew it"
      case .notYetValid: "the certificate of the \(peer) is not valid yet: check the clocks of both machines"
      case .wrongName:
        "the certificate of the server is not for \(serverName): connect by a name of the certificate, or set"
          + " the server name of TLS to one"
      case .unknownAuthority:
        "the certificate of the \(peer) is not signed by a known authority: add the authority's certificate"
          + (role == .client ? ", or pin the server's key" : " to tls.client.ca")
      case .otherKey:
        "the key of the server is not the pinned one: pin its new key if the server changed it on purpose"
      case .badCertificate: "the certificate of the \(peer) cannot be used: \(detail)"
      case .certificateRequired:
        role == .client
          ? "the server requires a client certificate: set certificate and key"
          : "the client sent no certificate, and tls.client.required is on: give the client one"
      case .certificateRefused:
        "the \(peer) refused the certificate of this side (\(detail)): "
          + (role == .client
            ? "use a certificate that its client authority signed"
            : "the client may lack the authority, or connect by another name")
      case .version:
        "there is no common version of TLS: update the \(peer), or set tls.minimum of the server to 1.2"
      case .cipher:
        "there is no common cipher: update the \(peer)"
          + (role == .client ? ", or set a client certificate if the server requires one" : "")
      case .noChannelBinding:
        "the \(peer) speaks TLS 1.2 without the extended master secret (RFC 7627), so that no key can be bound to"
          + " the connection: update the \(peer), or use TLS 1.3"
      case .notTLS:
        role == .client
          ? "the server does not speak TLS on this port: check the port, or connect without TLS"
          : "the client does not speak TLS: switch TLS on in the client"
      case .endedInHandshake: "the \(peer) ended the connection during the handshake"
      case .truncated: "the connection was cut: it ended without the closing message of TLS"
      case .damagedRecord: "a record was changed on its way"
      case .protocolViolation: "the connection broke: \(detail)"
      }
  }
}

extension TLSFailure {
  /// The failure for an error of OpenSSL.
  /// - Parameters:
  ///   - reason: the reason of OpenSSL's error (`ERR_GET_REASON`).
  ///   - verification: the result of the verification of the peer's certificate (`SSL_get_verify_result`).
  ///   - isEstablished: whether the handshake was complete before.
  init(reason: CInt, verification: Int, isEstablished: Bool, _ role: TLSRole, serverName: String) {
    var kind =
      reason == SSL_R_CERTIFICATE_VERIFY_FAILED
      ? Self.kind(ofVerification: CInt(clamping: verification)) : Self.kind(of: reason)
    // A peer that spoke TLS before does not change to another protocol.
    if isEstablished, kind == .notTLS { kind = .damagedRecord }
    let detail =
      kind == .badCertificate
      ? String(cString: X509_verify_cert_error_string(verification)) : Self.text(of: reason)
    self.init(kind, role, serverName: serverName, detail: detail)
  }

  private static func kind(ofVerification result: CInt) -> Kind {
    switch result {
    case X509_V_ERR_CERT_HAS_EXPIRED: .expired
    case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .wrongName
    case X509_V_ERR_APPLICATION_VERIFICATION: .otherKey
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
      .unknownAuthority
    default: .badCertificate
    }
  }

  /// Alerts of the peer have the reasons from 1,000 on (RFC 8446, section 6.2).
  private static func kind(of reason: CInt) -> Kind {
    switch reason {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      .certificateRequired
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
      SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
      SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
      SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      .certificateRefused
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_VERSION_TOO_LOW,
      SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      .version
    case SSL_R_NO_SHARED_CIPHER, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SUITABLE_KEY_SHARE,
      SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      .cipher
    case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
      SSL_R_PACKET_LENGTH_TOO_LONG:
      .notTLS
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, SSL_R_BAD_RECORD_TYPE:
      .damagedRecord
    default: .protocolViolation
    }
  }

  /// Returns OpenSSL's text of a reason, which holds nothing that the peer chose.
  private static func text(of reason: CInt) -> String {
    let code = UInt(ERR_LIB_SSL) << UInt(ERR_LIB_OFFSET) | UInt(clamping: reason)
    guard let text = ERR_reason_error_string(code) else { return "error \(reason) of OpenSSL" }
    return String(cString: text)
  }
}
