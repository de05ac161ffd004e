internal import COpenSSL

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The common part of the TLS connections of one side: certificate, key, authorities and versions. A context does
/// not change after it was made; new files need a new context.
public final class TLSContext: @unchecked Sendable {
  // Unchecked, and safe: `context` is changed by the initializers alone, and after that OpenSSL makes connections
  // from it on any thread.

  /// Before the certificate's end, the time from which on a context warns.
  static let warningTime: Int64 = 14 * 86_400

  /// The side that connections of this context play.
  public let role: TLSRole
  /// Things that an operator should change, in sentences.
  public private(set) var warnings: [String] = []
  /// The end of this side's certificate in seconds since 1970; nil without a certificate.
  public private(set) var certificateExpires: Int64?
  /// The name that replaces the host of a client's endpoint.
  let serverName: String?
  private let pins: PinSet?
  let context: OpaquePointer

  /// The context of a server. Blocks while it reads the files.
  /// - Throws: the first thing that is wrong with the files.
  public convenience init(_ settings: TLSServerSettings) throws(TLSContextError) {
    try self.init(settings, at: Int64(time(nil)))
  }

  /// The context of a server at `now`, in seconds since 1970.
  init(_ settings: TLSServerSettings, at now: Int64) throws(TLSContextError) {
    role = .server
    serverName = nil
    pins = nil
    context = try Self.makeContext(.server, minimum: settings.minimum)
    try use(certificate: settings.certificate, key: settings.key, at: now)
    if let authorities = settings.clientAuthorities {
      try trust(PEMFile(authorities).certificates(), announces: true)
      let required = settings.requiresClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nil)
    }
  }

  /// The context of a client. Blocks while it reads the files.
  /// - Throws: the first thing that is wrong with the files.
  public convenience init(_ settings: TLSClientSettings) throws(TLSContextError) {
    try self.init(settings, at: Int64(time(nil)))
  }

  /// The context of a client at `now`, in seconds since 1970.
  init(_ settings: TLSClientSettings, at now: Int64) throws(TLSContextError) {
    role = .client
    serverName = settings.serverName
    pins = settings.pins.isEmpty ? nil : PinSet(settings.pins)
    context = try Self.makeContext(.client, minimum: settings.minimum)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    switch (settings.certificate, settings.key) {
    case (let certificate?, let key?): try use(certificate: certificate, key: key, at: now)
    case (nil, nil): break
    case (let certificate?, nil): throw TLSContextError(certificate, "its private key is not set: set both")
    case (nil, let key?): throw TLSContextError(key, "its certificate is not set: set both")
    }
    if let pins {
      pins.install(in: context)
    } else if let authorities = settings.authorities {
      try trust(PEMFile(authorities).certificates(), announces: false)
    } else {
      guard SSL_CTX_set_default_verify_paths(context) == 1 else {
        throw TLSContextError(
          nil, "the authorities of the system cannot be read: name a file with authorities")
      }
    }
  }

  deinit { SSL_CTX_free(context) }

  /// Returns a new `SSL`, which the caller frees.
  func makeConnection() -> OpaquePointer {
    guard let connection = SSL_new(context) else { preconditionFailure("no memory for a TLS connection") }
    return connection
  }

  private static func makeContext(
    _ role: TLSRole, minimum: TLSVersion
  ) throws(TLSContextError) -> OpaquePointer {
    guard let context = SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()) else {
      throw TLSContextError(nil, "OpenSSL cannot be set up: check its installation")
    }
    sluice_ssl_ctx_harden(context)
    let lowest = minimum == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
    let isSet =
      sluice_ssl_ctx_set_minimum_version(context, lowest) == 1
      // Of TLS 1.2 only the suites with forward secrecy and authenticated encryption.
      && SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
    guard isSet else {
      SSL_CTX_free(context)
      throw TLSContextError(
        nil, "the OpenSSL of this system has no TLS \(minimum.rawValue) or lacks its ciphers")
    }
    return context
  }

  /// Sets the certificate of this side.
  private func use(
    certificate path: String, key keyPath: String, at now: Int64
  ) throws(TLSContextError) {
    let chain = try PEMFile(path).certificates()
    let keyFile = try PEMFile(keyPath)
    let own = chain[0]
    if own.hasExpired(at: now) { throw TLSContextError(path, "the certificate has expired: renew it") }
    if own.isNotYetValid(at: now) {
      throw TLSContextError(path, "the certificate is not valid yet: check the clock")
    }
    try keyFile.withPrivateKey { (key) throws(TLSContextError) in
      guard X509_check_private_key(own.pointer, key) == 1 else {
        ERR_clear_error()
        throw TLSContextError(keyPath, "the key does not belong to the certificate \(path): give its own key")
      }
      guard SSL_CTX_use_certificate(context, own.pointer) == 1, SSL_CTX_use_PrivateKey(context, key) == 1
      else {
        ERR_clear_error()
        throw TLSContextError(
          path, "OpenSSL refuses it, perhaps because its key is too short: make a new one")
      }
    }
    for issuer in chain.dropFirst() {
      guard sluice_ssl_ctx_add_chain_certificate(context, issuer.pointer) == 1 else {
        ERR_clear_error()
        throw TLSContextError(path, "OpenSSL refuses a certificate of its chain: check the file")
      }
    }
    certificateExpires = own.expires
    if keyFile.isOpenToOthers {
      warnings.append("\(keyPath) can be read or changed by every account of this machine: run chmod o-rwx")
    }
    if let expires = own.expires, expires < now + Self.warningTime {
      warnings.append("the certificate \(path) expires within \(Self.warningTime / 86_400) days: renew it")
    }
  }

  /// Trusts certificates that these authorities signed.
  /// - Parameter announces: whether clients are told the names of the authorities, so that they can choose a
  ///   certificate.
  private func trust(_ authorities: [Certificate], announces: Bool) throws(TLSContextError) {
    let store = SSL_CTX_get_cert_store(context)
    for authority in authorities {
      guard X509_STORE_add_cert(store, authority.pointer) == 1 else {
        throw TLSContextError(nil, "there is no memory for the authorities")
      }
      if announces { SSL_CTX_add_client_CA(context, authority.pointer) }
    }
  }
}

/// Public keys that a server may have, in place of authorities and names.
private final class PinSet {
  private let pins: Set<TLSPin>

  init(_ pins: [TLSPin]) {
    self.pins = Set(pins)
  }

  /// Makes connections of `context` compare the server's key with the pins. The pins must live longer than the
  /// connections.
  func install(in context: OpaquePointer) {
    let this = Unmanaged.passUnretained(self).toOpaque()
    SSL_CTX_set_cert_verify_callback(
      context,
      { verification, argument in
        guard let argument else { return 0 }
        let pins = Unmanaged<PinSet>.fromOpaque(argument).takeUnretainedValue()
        if let certificate = X509_STORE_CTX_get0_cert(verification), let pin = TLSPin(of: certificate),
          pins.pins.contains(pin)
        {
          X509_STORE_CTX_set_error(verification, X509_V_OK)
          return 1
        }
        X509_STORE_CTX_set_error(verification, X509_V_ERR_APPLICATION_VERIFICATION)
        return 0
      }, this)
  }
}
