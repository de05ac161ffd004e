import DevelopmentCertificates
import Glibc
import TLSTransport
import TestSupport

/// Certificates of one test, in files.
struct CertificateFolder {
  /// The lifetime of a certificate that is valid now and for a year.
  static let valid = -3_600..<365 * 86_400
  /// The lifetime of a certificate that expired an hour ago.
  static let expired = -7_200 ..< -3_600
  /// The lifetime of a certificate that is valid from tomorrow on.
  static let future = 86_400..<2 * 86_400

  /// The present in seconds since 1970.
  static var now: Int64 { Int64(time(nil)) }

  let path: String
  let authority: CertificateAuthority

  /// Makes an authority, whose certificate is in `ca.pem`.
  init(_ path: String) throws {
    self.path = path
    authority = try CertificateAuthority(name: "authority of a test", days: 10)
    try write(authority.certificateText, to: "ca.pem")
  }

  var authorities: String { "\(path)/ca.pem" }

  /// Writes `text` into a file that others cannot read, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw TestSupportError("cannot write \(file): error \(errno)") }
    defer { close(descriptor) }
    fchmod(descriptor, mode)
    guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
      throw TestSupportError("cannot write \(file): error \(errno)")
    }
    return file
  }

  /// Signs a certificate of a server, and returns the settings that use it.
  func server(
    _ file: String = "server", names: [String] = ["DNS:localhost", "IP:127.0.0.1"],
    lifetime: Range<Int> = valid, by authority: CertificateAuthority? = nil
  ) throws -> TLSServerSettings {
    let pair = try (authority ?? self.authority).issue(
      name: file, for: .server, names: names, lifetime: lifetime)
    return TLSServerSettings(
      certificate: try write(pair.certificate, to: "\(file).pem"), key: try write(pair.key, to: "\(file).key")
    )
  }

  /// Returns the settings of a client that trusts the authority.
  func client() -> TLSClientSettings {
    var settings = TLSClientSettings()
    settings.authorities = authorities
    return settings
  }

  /// Signs a certificate of a client, and returns the settings that use it.
  func clientWithCertificate(
    names: [String] = ["DNS:producer.example"], lifetime: Range<Int> = valid,
    by authority: CertificateAuthority? = nil
  ) throws -> TLSClientSettings {
    let pair = try (authority ?? self.authority).issue(
      name: "client", for: .client, names: names, lifetime: lifetime)
    var settings = client()
    settings.certificate = try write(pair.certificate, to: "client.pem")
    settings.key = try write(pair.key, to: "client.key")
    return settings
  }
}

/// Calls `body` with certificates in a directory of their own.
func withCertificates<Value>(_ body: (CertificateFolder) async throws -> Value) async throws -> Value {
  try await withTemporaryDirectory { try await body(CertificateFolder($0)) }
}
