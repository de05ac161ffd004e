#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The files of `sluiced dev-certs`: an authority, a server and a client, for trying TLS out on one machine.
public struct DevelopmentFiles {
  /// The days after which the certificates expire.
  public static let days = 90
  /// The names of the files.
  public static let names = ["ca.pem", "server.pem", "server.key", "client.pem", "client.key"]

  private let directory: String

  /// Files in `directory`, which is made if it does not exist.
  public init(_ directory: String) {
    self.directory = directory
  }

  /// Writes the files. Blocks.
  /// - Returns: lines that say how to use the files.
  /// - Throws: `CertificateError` when a file exists already or cannot be written.
  public func make() throws(CertificateError) -> String {
    guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure(directory) }
    let authority = try CertificateAuthority(name: "Sluice development authority", days: Self.days)
    let lifetime = -300..<Self.days * 86_400
    let server = try authority.issue(
      name: "sluiced", for: .server, names: ["DNS:localhost", "IP:127.0.0.1", "IP:::1"], lifetime: lifetime)
    let client = try authority.issue(
      name: "sluice-publish", for: .client, names: ["DNS:producer.localhost"], lifetime: lifetime)
    try write(authority.certificateText, "ca.pem", mode: 0o644)
    try write(server.certificate, "server.pem", mode: 0o644)
    try write(server.key, "server.key", mode: 0o600)
    try write(client.certificate, "client.pem", mode: 0o644)
    try write(client.key, "client.key", mode: 0o600)
    return """
      made ca.pem, server.pem, server.key, client.pem and client.key in \(directory), valid for \(Self.days) days
      server: sluiced --tls-certificate \(directory)/server.pem --tls-key \(directory)/server.key
      client: sluice-publish --tls --tls-ca \(directory)/ca.pem --host localhost --events 1000
      with client certificates: add --tls-client-ca \(directory)/ca.pem --tls-client-required true to the server,
      and --tls-certificate \(directory)/client.pem --tls-key \(directory)/client.key to the client

      """
  }

  /// Writes a file that does not exist yet.
  private func write(_ text: String, _ name: String, mode: mode_t) throws(CertificateError) {
    let path = "\(directory)/\(name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else { throw failure(path) }
  }

  private func failure(_ path: String) -> CertificateError {
    let reason = String(cString: strerror(errno)).lowercased()
    return CertificateError(
      text: "cannot write \(path): \(reason)"
        + (errno == EEXIST ? "; choose another directory, or remove the files of an earlier run" : ""))
  }
}
