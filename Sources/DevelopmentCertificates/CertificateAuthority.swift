internal import COpenSSL

/// An authority that signs certificates for trying TLS out. Its key is in memory alone and is gone with the last
/// reference, so nobody can sign with it later.
public final class CertificateAuthority {
  /// The use of a certificate.
  public enum Use: Sendable {
    /// Servers prove their name.
    case server
    /// Clients prove who they are.
    case client
  }

  /// A certificate and its private key, in the PEM format.
  public struct Pair: Hashable, Sendable {
    /// The certificate.
    public let certificate: String
    /// The private key (PKCS #8, not encrypted).
    public let key: String
  }

  private let key: KeyPair
  private let certificate: SignedCertificate

  /// The certificate of the authority, in the PEM format.
  public var certificateText: String { certificate.text }

  /// Makes an authority with a new key on the curve P-256.
  /// - Parameters:
  ///   - name: the common name.
  ///   - days: the days after which its certificate expires.
  public init(name: String, days: Int) throws(CertificateError) {
    key = try KeyPair()
    certificate = try SignedCertificate(name: name, key: key, lifetime: 0..<days * 86_400) {
      (certificate) throws(CertificateError) in
      try certificate.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
      try certificate.add(NID_key_usage, "critical,keyCertSign,cRLSign")
      try certificate.add(NID_subject_key_identifier, "hash")
    }
  }

  /// Signs a certificate for a new key on the curve P-256.
  /// - Parameters:
  ///   - name: the common name, for people.
  ///   - use: the use.
  ///   - names: the subject alternative names as OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`,
  ///     `URI:spiffe://example/producer`.
  ///   - lifetime: the seconds from now between which the certificate is valid.
  public func issue(
    name: String, for use: Use, names: [String], lifetime: Range<Int>
  ) throws(CertificateError) -> Pair {
    let pair = try KeyPair()
    let signed = try SignedCertificate(name: name, key: pair, issuer: (certificate, key), lifetime: lifetime)
    {
      (certificate) throws(CertificateError) in
      try certificate.add(NID_basic_constraints, "critical,CA:FALSE")
      try certificate.add(NID_key_usage, "critical,digitalSignature")
      try certificate.add(NID_ext_key_usage, use == .server ? "serverAuth" : "clientAuth")
      if !names.isEmpty { try certificate.add(NID_subject_alt_name, names.joined(separator: ",")) }
    }
    return Pair(certificate: signed.text, key: try pair.text)
  }
}

/// A certificate could not be made or written.
public struct CertificateError: Error, Hashable, CustomStringConvertible {
  /// The failure, and the remedy where it is known.
  public let description: String

  init(_ step: String) {
    ERR_clear_error()
    description = "cannot make a certificate: OpenSSL fails to \(step)"
  }

  init(text: String) {
    description = text
  }
}
