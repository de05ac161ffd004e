/// The choices of a server about TLS. Files are in the PEM format.
public struct TLSServerSettings: Hashable, Sendable {
  /// The file with the server's certificate, followed by the certificates of the authorities between the server
  /// and the root.
  public var certificate: String
  /// The file with the private key of the certificate, not encrypted.
  public var key: String
  /// The file with the authorities that sign client certificates; nil asks clients for none.
  public var clientAuthorities: String?
  /// Whether a client without a certificate is refused. Without effect unless `clientAuthorities` is set.
  public var requiresClientCertificate = false
  /// The lowest version that the server speaks.
  public var minimum = TLSVersion.tls13

  /// The settings for a certificate and its key: no client certificates, version 1.3 alone.
  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// The choices of a client about TLS. Files are in the PEM format.
public struct TLSClientSettings: Hashable, Sendable {
  /// The file with the authorities that may sign the server's certificate; nil takes those of the system.
  public var authorities: String?
  /// The file with the client's certificate and the authorities above it; nil sends none.
  public var certificate: String?
  /// The file with the private key of `certificate`, not encrypted.
  public var key: String?
  /// The DNS name or IP address that the server's certificate must have; nil takes the host of the endpoint.
  public var serverName: String?
  /// The public keys that the server may have. If there is one, it decides alone: authorities, name and dates
  /// are not looked at.
  public var pins: [TLSPin] = []
  /// The lowest version that the client speaks.
  public var minimum = TLSVersion.tls13

  /// The settings for a server whose certificate an authority of the system signed.
  public init() {}
}

/// A version of TLS.
public enum TLSVersion: String, Hashable, CaseIterable, Sendable {
  /// RFC 5246.
  case tls12 = "1.2"
  /// RFC 8446.
  case tls13 = "1.3"
}

/// The SHA-256 digest of a public key (SubjectPublicKeyInfo in DER, RFC 5280 section 4.1).
public struct TLSPin: Hashable, Sendable, CustomStringConvertible {
  /// Bytes of a digest.
  static let byteCount = 32

  /// The digest.
  public let digest: [UInt8]

  /// A pin of this digest, which has 32 bytes.
  init(digest: [UInt8]) {
    precondition(digest.count == Self.byteCount, "a pin has 32 bytes")
    self.digest = digest
  }

  /// Reads 64 hexadecimal digits, with or without colons between bytes; nil when `text` has another form.
  public init?(_ text: String) {
    let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
    guard digits.count == 2 * Self.byteCount else { return nil }
    var digest: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
        return nil
      }
      digest.append(byte)
    }
    self.init(digest: digest)
  }

  /// The digest as 64 hexadecimal digits.
  public var description: String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
