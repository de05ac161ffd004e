internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// TLS of the HTTP port: the certificate of new connections, and the certificates that clients proved to own.
public final class HTTPEncryption: Sendable {
  /// The files and the choices about clients. Files are in the PEM format.
  public struct Settings: Hashable, Sendable {
    /// The file with the server's certificate and the authorities above it.
    public var certificate: String
    /// The file with the private key of the certificate, not encrypted.
    public var key: String
    /// The file with the authorities that sign client certificates; nil asks clients for none.
    public var clientAuthorities: String?
    /// Whether a client without a certificate is refused.
    public var requiresClientCertificate = false
    /// Whether clients may use TLS 1.2.
    public var permitsVersion12 = false
    /// The time within which a client must complete the handshake. After it the connection is closed.
    public var handshake = Duration.seconds(3)

    /// The settings for a certificate and its key: no client certificates, and version 1.3 alone.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Handshakes since the start.
  public struct Counts: Hashable, Sendable {
    /// Handshakes that were completed.
    public var completed = 0
    /// Handshakes that failed.
    public var failed = 0
  }

  /// The certificate of a client, as its connection knows it.
  struct ClientCertificate: Hashable {
    /// The subject alternative names.
    let names: [String]
    /// The end of the certificate in seconds since 1970.
    let expires: Int64
  }

  private struct State {
    var context: NIOSSLContext
    var counts = Counts()
    var clients: [ObjectIdentifier: ClientCertificate] = [:]
  }

  /// The files and the choices about clients.
  let settings: Settings
  private let names: @Sendable ([UInt8]) -> [String]
  private let refused: @Sendable (String, String?) -> Void
  private let state: Mutex<State>

  /// Reads the files. Blocks.
  /// - Parameters:
  ///   - settings: The files and the choices about clients.
  ///   - names: Returns the subject alternative names of a certificate in DER.
  ///   - refused: Called when a handshake fails, with the reason and the address of the client.
  /// - Throws: `HTTPEncryptionError` when the files cannot be used.
  public init(
    _ settings: Settings, names: @escaping @Sendable (_ certificate: [UInt8]) -> [String],
    refused: @escaping @Sendable (_ reason: String, _ address: String?) -> Void
  ) throws(HTTPEncryptionError) {
    self.settings = settings
    self.names = names
    self.refused = refused
    state = Mutex(State(context: try settings.makeContext()))
  }

  /// Reads the files again, for new connections. When this throws, the former certificate stays in force. Blocks.
  /// - Throws: `HTTPEncryptionError` when the files cannot be used.
  public func reload() throws(HTTPEncryptionError) {
    let context = try settings.makeContext()
    state.withLock { $0.context = context }
  }

  /// The handshakes since the start.
  public var counts: Counts { state.withLock { $0.counts } }

  /// The context of new connections.
  var context: NIOSSLContext { state.withLock { $0.context } }

  /// Returns the names of the certificate that the client of a connection, or of one of its streams, proved to own;
  /// empty without a certificate, and after its end.
  func clientNames(on channel: any Channel, at now: Int64) -> [String] {
    // The parent of a connection is the listener, and the parent of a stream is its connection.
    var connection = channel
    if let parent = channel.parent, parent.parent != nil { connection = parent }
    let client = state.withLock { $0.clients[ObjectIdentifier(connection)] }
    guard let client, now <= client.expires else { return [] }
    return client.names
  }

  /// Counts a complete handshake, and keeps the names of the client's certificate until `ended`.
  func completed(on channel: any Channel, certificate: NIOSSLCertificate?) {
    let client = certificate.flatMap { certificate in
      (try? certificate.toDERBytes()).map {
        ClientCertificate(names: names($0), expires: Int64(certificate.notValidAfter))
      }
    }
    state.withLock { state in
      state.counts.completed += 1
      if let client { state.clients[ObjectIdentifier(channel)] = client }
    }
  }

  /// Counts and reports a handshake that failed.
  func failed(_ reason: String, from address: String?) {
    state.withLock { $0.counts.failed += 1 }
    refused(reason, address)
  }

  /// Forgets a connection that was closed.
  func ended(_ channel: any Channel) {
    _ = state.withLock { $0.clients.removeValue(forKey: ObjectIdentifier(channel)) }
  }
}

/// Error of files that cannot be used for TLS on the HTTP port.
public struct HTTPEncryptionError: Error, Hashable, CustomStringConvertible {
  /// One line for people: the file, the reason and the remedy.
  public let description: String

  init(_ path: String, _ error: any Error) {
    description =
      "cannot use \(path) for HTTP: \(error); give files in the PEM format with a key of RSA or of a NIST curve, or set"
      + " http.tls to false"
  }
}

extension HTTPEncryption.Settings {
  /// The time for which a connection that is being closed waits for the client's close_notify.
  private static let closing = TimeAmount.seconds(1)

  /// Reads the files.
  fileprivate func makeContext() throws(HTTPEncryptionError) -> NIOSSLContext {
    let chain = try read(certificate) { try NIOSSLCertificate.fromPEMFile($0) }
    let key = try read(key) { try NIOSSLPrivateKey(file: $0, format: .pem) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = permitsVersion12 ? .tlsv12 : .tlsv13
    // Of TLS 1.2 only the suites with forward secrecy and authenticated encryption, as on the ingest port.
    configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
    configuration.applicationProtocols = NegotiatedProtocol.allCases.map(\.rawValue)
    configuration.shutdownTimeout = Self.closing
    if let clientAuthorities {
      let authorities = try read(clientAuthorities) { try NIOSSLCertificate.fromPEMFile($0) }
      configuration.trustRoots = .certificates(authorities)
      configuration.sendCANameList = true
      configuration.certificateVerification =
        requiresClientCertificate ? .noHostnameVerification : .optionalVerification
    }
    let complete = configuration
    return try read(certificate) { _ in try NIOSSLContext(configuration: complete) }
  }

  private func read<Value>(
    _ path: String, _ body: (String) throws -> Value
  ) throws(HTTPEncryptionError) -> Value {
    do { return try body(path) } catch { throw HTTPEncryptionError(path, error) }
  }
}

/// The protocols that a client may choose by ALPN (RFC 7301), in the order of preference.
enum NegotiatedProtocol: String, CaseIterable {
  /// HTTP/2 (RFC 9113).
  case http2 = "h2"
  /// HTTP/1.1 (RFC 9112), also for clients without ALPN.
  case http1 = "http/1.1"
}
