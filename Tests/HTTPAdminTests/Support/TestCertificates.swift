import DevelopmentCertificates
import Foundation
import NIOCore
import NIOSSL
import Synchronization
import TLSTransport

@testable import HTTPAdmin

/// The certificates of one test, in files, and the reasons of failed handshakes.
final class TestCertificates: Sendable {
  /// The lifetime of a certificate that is valid now.
  static let valid = -3_600..<86_400
  /// The lifetime of a certificate that expired an hour ago.
  static let expired = -7_200 ..< -3_600

  let directory: String
  private let authorityText: String
  private let issue:
    @Sendable (CertificateAuthority.Use, [String], Range<Int>) throws -> CertificateAuthority.Pair
  private let reasons = Mutex<[String]>([])

  /// Makes an authority and a certificate for `localhost`.
  init() throws {
    directory = NSTemporaryDirectory() + "sluice-http-tls-\(UUID())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let authority = Mutex(try CertificateAuthority(name: "authority of a test", days: 10))
    authorityText = authority.withLock { $0.certificateText }
    issue = { use, names, lifetime in
      try authority.withLock { try $0.issue(name: "test", for: use, names: names, lifetime: lifetime) }
    }
    try write(authorityText, "ca.pem")
    try renewServer()
  }

  /// The reasons of failed handshakes, as the server reported them.
  var failures: [String] { reasons.withLock { $0 } }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// Writes another certificate of the server.
  func renewServer() throws {
    let pair = try issue(.server, ["DNS:localhost"], Self.valid)
    try write(pair.certificate, "server.pem")
    try write(pair.key, "server.key")
  }

  /// The certificate of the server in its file.
  var serverCertificate: NIOSSLCertificate? {
    get throws { try NIOSSLCertificate.fromPEMFile("\(directory)/server.pem").first }
  }

  /// Writes text that is no certificate into the file of the server's certificate.
  func spoilServer() throws { try write("nothing", "server.pem") }

  /// TLS of a server with these certificates.
  func encryption(_ change: (inout HTTPEncryption.Settings) -> Void = { _ in }) throws -> HTTPEncryption {
    var settings = HTTPEncryption.Settings(
      certificate: "\(directory)/server.pem", key: "\(directory)/server.key")
    // Tests run beside many others, on few processors.
    settings.handshake = .seconds(60)
    change(&settings)
    return try HTTPEncryption(settings, names: { CertificateNames.names(ofDER: $0) }) {
      [weak self] reason, _ in
      self?.reasons.withLock { $0.append(reason) }
    }
  }

  /// The settings of a server that asks for client certificates.
  func askForCertificates(_ settings: inout HTTPEncryption.Settings) {
    settings.clientAuthorities = "\(directory)/ca.pem"
  }

  /// The context of a client that trusts the authority, and presents a certificate with `names` if there are any.
  func client(
    names: [String] = [], lifetime: Range<Int> = valid, protocols: [String] = [],
    _ change: (inout TLSConfiguration) -> Void = { _ in }
  ) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates(
      try NIOSSLCertificate.fromPEMBytes(Array(authorityText.utf8)))
    configuration.applicationProtocols = protocols
    configuration.shutdownTimeout = .milliseconds(500)
    if !names.isEmpty {
      let pair = try issue(.client, names, lifetime)
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8))
        .map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem))
    }
    change(&configuration)
    return try NIOSSLContext(configuration: configuration)
  }

  private func write(_ text: String, _ name: String) throws {
    try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
  }
}

extension TestServer {
  /// A server that speaks TLS with these certificates.
  static func encrypted(
    _ certificates: TestCertificates, _ change: (inout HTTPEncryption.Settings) -> Void = { _ in }
  ) throws -> TestServer {
    var server = TestServer(publishing: MemoryStore().services())
    server.settings.encryption = try certificates.encryption(change)
    server.settings.receiveTime = .seconds(60)
    return server
  }
}
