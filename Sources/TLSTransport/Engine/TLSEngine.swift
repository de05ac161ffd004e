internal import COpenSSL

/// The TLS side of one connection, without a socket: ciphertext and plaintext come in and go out as bytes.
///
/// One code path serves both sides. The owner gives the bytes of the peer to `receive`. The owner calls
/// `handshake` until the result is true, then `read` and `write`. After each of these calls the owner sends
/// the bytes that `takeOutput` returns. Only one thread at a time uses an engine. After a failure the owner
/// sends the output, which holds the alert for the peer, and ends the connection.
public final class TLSEngine {
  /// The result of reading plaintext.
  public enum Plaintext: Equatable, Sendable {
    /// This number of bytes was read, at least 1.
    case bytes(Int)
    /// More ciphertext is needed.
    case nothing
    /// The peer ended its direction with close_notify (RFC 8446, section 6.1).
    case end
    /// The connection cannot be used any more.
    case failed(TLSFailure)
  }

  /// The side that this engine plays.
  public let role: TLSRole
  /// The context outlives the engine, because OpenSSL calls back into the context's pins.
  private let context: TLSContext
  private let ssl: OpaquePointer
  private let buffers = CiphertextBuffers()
  private let serverName: String
  private var hasBegun = false
  private var isEstablished = false
  private var hasFinishedWriting = false
  /// The first failure, which every later call returns again.
  private var failure: TLSFailure?

  /// The TLS side of a new connection.
  /// - Parameters:
  ///   - context: certificates, authorities and versions; its role becomes the role of the engine.
  ///   - serverName: for a client, the DNS name or IP address that the server's certificate must have. It is
  ///     not used when the context has a server name.
  public init(_ context: TLSContext, serverName: String = "") {
    precondition(
      context.role == .server || context.serverName != nil || !serverName.isEmpty, "no server name")
    self.context = context
    role = context.role
    self.serverName = context.serverName ?? serverName
    ssl = context.makeConnection()
    let bio = buffers.makeBIO()
    SSL_set_bio(ssl, bio, bio)
    switch role {
    case .server: SSL_set_accept_state(ssl)
    case .client:
      SSL_set_connect_state(ssl)
      expectServerName()
    }
  }

  deinit { SSL_free(ssl) }

  /// Bytes that were received and not read yet, as ciphertext or as plaintext.
  public var unreadBytes: Int { buffers.unread + Int(SSL_pending(ssl)) }

  /// Adds bytes of the peer.
  public func receive(_ bytes: [UInt8]) { buffers.receive(bytes) }

  /// Drops the bytes of the peer that were not read.
  public func dropInput() { buffers.dropInput() }

  /// Returns the bytes for the peer, and keeps none.
  public func takeOutput() -> [UInt8] { buffers.takeOutput() }

  /// Continues the handshake with the bytes received so far. Computes signatures, so the call may take
  /// milliseconds.
  /// - Returns: whether the handshake is complete; if not, the peer must send more.
  /// - Throws: the reason why the handshake failed.
  public func handshake() throws(TLSFailure) -> Bool {
    if let failure { throw failure }
    if !hasBegun, let first = buffers.first {
      // 20 to 23 are the content types of records (RFC 8446, section 5.1).
      guard (20...23).contains(first) else { throw keep(TLSFailure(.notTLS, role)) }
      hasBegun = true
    }
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      isEstablished = true
      // Keys are proved over the channel binding, so a connection without one is of no use.
      guard channelBinding != nil else { throw keep(TLSFailure(.noChannelBinding, role)) }
      return true
    }
    guard SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ else { return false }
    throw keep(currentFailure())
  }

  /// Reads plaintext into the front of `memory`, at most one record (16 KiB).
  public func read(into memory: UnsafeMutableRawBufferPointer) -> Plaintext {
    precondition(!memory.isEmpty, "there is no room to read into")
    if let failure { return .failed(failure) }
    ERR_clear_error()
    let count = SSL_read(ssl, memory.baseAddress, CInt(clamping: memory.count))
    if count > 0 { return .bytes(Int(count)) }
    switch SSL_get_error(ssl, count) {
    case SSL_ERROR_WANT_READ: return .nothing
    case SSL_ERROR_ZERO_RETURN: return .end
    default: return .failed(keep(currentFailure()))
    }
  }

  /// Encrypts `bytes`.
  /// - Throws: the reason why the connection cannot be used any more.
  public func write(_ bytes: [UInt8]) throws(TLSFailure) {
    if let failure { throw failure }
    precondition(!hasFinishedWriting, "bytes were written after the end")
    // A record of 16 KiB grows by at most 22 bytes; TLS 1.2 adds 8 more.
    buffers.reserve(bytes.count + (bytes.count >> 14 + 1) * 32)
    var written = 0
    while written < bytes.count {
      ERR_clear_error()
      let count = bytes.withUnsafeBytes {
        SSL_write(ssl, $0.baseAddress.map { $0 + written }, CInt(clamping: bytes.count - written))
      }
      // The BIO takes everything, so there is no other reason to wait.
      guard count > 0 else { throw keep(currentFailure()) }
      written += Int(count)
    }
  }

  /// Puts close_notify into the output: nothing more will be written. A second call does nothing.
  public func finishWriting() {
    guard !hasFinishedWriting, failure == nil else { return }
    hasFinishedWriting = true
    ERR_clear_error()
    _ = SSL_shutdown(ssl)
  }

  private func currentFailure() -> TLSFailure {
    let code = ERR_peek_last_error()
    defer { ERR_clear_error() }
    return TLSFailure(
      reason: ERR_GET_REASON(code), verification: SSL_get_verify_result(ssl),
      isEstablished: isEstablished, role, serverName: serverName)
  }

  private func keep(_ failure: TLSFailure) -> TLSFailure {
    self.failure = failure
    return failure
  }

  /// Makes OpenSSL compare the name of the server with its certificate, and send it to the server.
  private func expectServerName() {
    let parameters = SSL_get0_param(ssl)
    // The BIO takes any name; a text that is neither name nor address never matches.
    if X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return }
    X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    let isSet = X509_VERIFY_PARAM_set1_host(parameters, serverName, 0)
    precondition(isSet == 1, "no memory for a TLS connection")
    _ = sluice_ssl_set_server_name(ssl, serverName)
  }
}

extension TLSEngine {
  /// The channel binding `tls-exporter` (RFC 9266): 32 bytes that only the two ends of this connection know. Nil
  /// before the end of the handshake. With TLS 1.2 without the extended master secret (RFC 7627) another
  /// connection may have the same value, so the handshake of such a connection fails.
  public var channelBinding: [UInt8]? {
    guard isEstablished else { return nil }
    guard SSL_version(ssl) >= TLS1_3_VERSION || sluice_ssl_has_extended_master_secret(ssl) == 1 else {
      return nil
    }
    let label = "EXPORTER-Channel-Binding"
    var value = [UInt8](repeating: 0, count: 32)
    let result = SSL_export_keying_material(ssl, &value, value.count, label, label.utf8.count, [], 0, 1)
    return result == 1 ? value : nil
  }

  /// The subject alternative names of the peer's verified certificate (RFC 5280, section 4.2.1.6): DNS names,
  /// URIs and e-mail addresses. Empty without a certificate.
  public var peerNames: [String] {
    guard isEstablished, SSL_get_verify_result(ssl) == X509_V_OK,
      let certificate = SSL_get0_peer_certificate(ssl)
    else { return [] }
    return CertificateNames.names(of: certificate)
  }

  /// The version of the protocol, for people: `TLSv1.3`.
  public var version: String { String(cString: SSL_get_version(ssl)) }
}

/// The side of a TLS connection.
public enum TLSRole: Hashable, Sendable {
  /// The side that begins the handshake.
  case client
  /// The side with the certificate.
  case server
}
