internal import COpenSSL

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A file in the PEM format (RFC 7468), read once. The bytes are overwritten when the last user is gone, because
/// they may be a private key.
final class PEMFile {
  /// The largest file that is read.
  private static let most = 1 << 20

  let path: String
  /// The permissions of the file.
  let mode: mode_t
  private var bytes: [UInt8]

  /// Reads the file at `path`. Blocks.
  init(_ path: String) throws(TLSContextError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw TLSContextError(path, Self.reason(of: errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw TLSContextError(path, Self.reason(of: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.most else {
      throw TLSContextError(path, "it is not a regular file of at most \(Self.most >> 20) MiB")
    }
    mode = status.st_mode
    bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw TLSContextError(path, "it became shorter while it was read; try again") }
      filled += count
    }
  }

  deinit { bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }

  /// Whether users other than the owner and the group may read or change the file.
  var isOpenToOthers: Bool { mode & (S_IROTH | S_IWOTH) != 0 }

  /// Returns the certificates in the file, at least one.
  func certificates() throws(TLSContextError) -> [Certificate] {
    guard let source = BIO_new_mem_buf(bytes, CInt(bytes.count)) else { throw memoryError }
    defer { BIO_free(source) }
    var certificates: [Certificate] = []
    while let certificate = PEM_read_bio_X509(source, nil, nil, nil) {
      certificates.append(Certificate(adopting: certificate))
    }
    ERR_clear_error()
    guard !certificates.isEmpty else {
      throw TLSContextError(path, "it holds no certificate: give a file with -----BEGIN CERTIFICATE-----")
    }
    return certificates
  }

  /// Calls `body` with the private key of the file, an `EVP_PKEY`.
  func withPrivateKey<Result>(
    _ body: (OpaquePointer) throws(TLSContextError) -> Result
  ) throws(TLSContextError) -> Result {
    guard let source = BIO_new_mem_buf(bytes, CInt(bytes.count)) else { throw memoryError }
    defer { BIO_free(source) }
    // Without this function OpenSSL would ask on the terminal for the password of an encrypted key.
    guard let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil) else {
      ERR_clear_error()
      let isEncrypted = String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED")
      throw TLSContextError(
        path,
        isEncrypted
          ? "the key is encrypted: decrypt it (openssl pkey), and protect the file by its permissions"
          : "it holds no private key: give a file with -----BEGIN PRIVATE KEY-----")
    }
    defer { EVP_PKEY_free(key) }
    return try body(key)
  }

  private var memoryError: TLSContextError { TLSContextError(path, "there is no memory to read it") }

  private static func reason(of code: CInt) -> String {
    let text = String(cString: strerror(code)).lowercased()
    return code == EACCES ? "\(text): let the account of this program read it" : text
  }
}

/// A certificate of OpenSSL, freed with the last reference.
final class Certificate {
  /// The `X509`.
  let pointer: OpaquePointer

  init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit { X509_free(pointer) }

  /// Whether the last day of the certificate is over at `now`, in seconds since 1970.
  func hasExpired(at now: Int64) -> Bool {
    var now = time_t(now)
    return X509_cmp_time(X509_get0_notAfter(pointer), &now) < 0
  }

  /// Whether the first day of the certificate is still to come at `now`, in seconds since 1970.
  func isNotYetValid(at now: Int64) -> Bool {
    var now = time_t(now)
    return X509_cmp_time(X509_get0_notBefore(pointer), &now) > 0
  }

  /// The end of the certificate in seconds since 1970; nil when it cannot be read.
  var expires: Int64? {
    var time = tm()
    guard ASN1_TIME_to_tm(X509_get0_notAfter(pointer), &time) == 1 else { return nil }
    return Int64(timegm(&time))
  }

  /// The pin of the certificate's public key.
  var pin: TLSPin? { TLSPin(of: pointer) }
}

extension TLSPin {
  /// The pin of the public key of an `X509`; nil when it cannot be encoded.
  init?(of certificate: OpaquePointer) {
    var encoding: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoding)
    guard count > 0, let encoding else { return nil }
    defer { CRYPTO_free(encoding, #file, #line) }
    var digest = [UInt8](repeating: 0, count: Self.byteCount)
    var length: UInt32 = 0
    guard EVP_Digest(encoding, Int(count), &digest, &length, EVP_sha256(), nil) == 1 else { return nil }
    self.init(digest: digest)
  }
}
