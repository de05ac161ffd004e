/// Encryption of connections. Files are in the PEM format.
public struct TLSSettings: Hashable, Sendable {
  /// The file with the server's certificate and the authorities above it; nil serves without TLS.
  public var certificate: String?
  /// The file with the private key of the certificate.
  public var key: String?
  /// The file with the authorities that sign client certificates; nil asks clients for none.
  public var clientAuthorities: String?
  /// Whether a client without a certificate is refused.
  public var requiresClientCertificate = false
  /// Whether the HTTP port uses the certificate, too.
  public var coversHTTP = true
  /// The lowest version of TLS.
  public var minimum = LowestTLSVersion.tls13

  /// The default: no TLS.
  public init() {}

  /// Whether connections of producers are encrypted.
  public var isOn: Bool { certificate != nil }

  /// Whether the HTTP port speaks TLS.
  public var isOnForHTTP: Bool { isOn && coversHTTP }
}

/// The lowest version of TLS that a server speaks.
public enum LowestTLSVersion: String, CaseIterable, Sendable {
  /// RFC 5246, for clients that do not know 1.3.
  case tls12 = "1.2"
  /// RFC 8446.
  case tls13 = "1.3"
}
