import DevelopmentCertificates
import Foundation
import TestSupport
import Testing

/// The files of `sluiced dev-certs` in a directory of their own.
struct CertificateFiles {
  let directory: String

  /// Calls `body` with the files.
  static func run<Value>(_ body: (CertificateFiles) async throws -> Value) async throws -> Value {
    try await withTemporaryDirectory { directory in
      try await Program.run("sluiced", arguments: ["dev-certs", "\(directory)/certs"]) { program in
        let exit = try await program.exit()
        #expect(exit == .status(0), "\(program.standardError)")
      }
      return try await body(CertificateFiles(directory: "\(directory)/certs"))
    }
  }

  /// The arguments of a server with the certificate.
  var server: [String] {
    ["--tls-certificate", "\(directory)/server.pem", "--tls-key", "\(directory)/server.key"]
  }

  /// The arguments of a server that asks for client certificates, too.
  var askingServer: [String] { server + ["--tls-client-ca", "\(directory)/ca.pem"] }

  /// The arguments of `sluice-publish` that make it trust the server.
  var trust: [String] { ["--host", "localhost", "--tls", "--tls-ca", "\(directory)/ca.pem"] }

  /// The arguments of `sluice-publish` with the client's certificate.
  var client: [String] {
    trust + ["--tls-certificate", "\(directory)/client.pem", "--tls-key", "\(directory)/client.key"]
  }

  /// The arguments of curl that make it trust the server.
  var curl: [String] { ["--cacert", "\(directory)/ca.pem"] }

  /// The arguments of curl with the client's certificate.
  var curlWithCertificate: [String] {
    curl + ["--cert", "\(directory)/client.pem", "--key", "\(directory)/client.key"]
  }

  /// Replaces the server's certificate with one of another authority, which is written to `next.pem`.
  func replaceServer() throws {
    let other = try CertificateAuthority(name: "the next authority", days: 10)
    let pair = try other.issue(name: "next", for: .server, names: ["DNS:localhost"], lifetime: -60..<864_000)
    try pair.certificate.write(toFile: "\(directory)/server.pem", atomically: true, encoding: .utf8)
    try pair.key.write(toFile: "\(directory)/server.key", atomically: true, encoding: .utf8)
    try other.certificateText.write(toFile: "\(directory)/next.pem", atomically: true, encoding: .utf8)
  }
}
