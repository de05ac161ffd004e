internal import COpenSSL

/// A private key and its public key.
final class KeyPair {
  /// The `EVP_PKEY`.
  let pointer: OpaquePointer

  init() throws(CertificateError) {
    guard let key = sluice_new_p256_key() else { throw CertificateError("make a key") }
    pointer = key
  }

  deinit { EVP_PKEY_free(pointer) }

  /// The private key in the PEM format.
  var text: String {
    get throws(CertificateError) {
      try TextBIO.text { PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
    }
  }
}

/// A certificate of X.509 (RFC 5280) that is being made, then signed.
final class SignedCertificate {
  /// The `X509`.
  private let pointer: OpaquePointer
  private let issuer: OpaquePointer
  /// The certificate in the PEM format.
  private(set) var text = ""

  /// Makes and signs a certificate.
  /// - Parameters:
  ///   - issuer: the authority; nil for a certificate that signs itself.
  ///   - lifetime: the seconds from now between which the certificate is valid.
  ///   - extend: adds the extensions.
  init(
    name: String, key: KeyPair, issuer: (certificate: SignedCertificate, key: KeyPair)? = nil,
    lifetime: Range<Int>, _ extend: (SignedCertificate) throws(CertificateError) -> Void
  ) throws(CertificateError) {
    guard let certificate = X509_new() else { throw CertificateError("find memory") }
    pointer = certificate
    self.issuer = issuer?.certificate.pointer ?? certificate
    let subject = X509_get_subject_name(certificate)
    // The version field counts from 0: 2 is version 3.
    let isMade =
      X509_set_version(certificate, 2) == 1
      && ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1 ... .max >> 1)) == 1
      && X509_gmtime_adj(X509_getm_notBefore(certificate), lifetime.lowerBound) != nil
      && X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime.upperBound) != nil
      && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1
      && X509_set_issuer_name(certificate, X509_get_subject_name(self.issuer)) == 1
      && X509_set_pubkey(certificate, key.pointer) == 1
    guard isMade else { throw CertificateError("set the fields of the certificate") }
    try extend(self)
    guard X509_sign(certificate, (issuer?.key ?? key).pointer, EVP_sha256()) > 0 else {
      throw CertificateError("sign the certificate")
    }
    text = try TextBIO.text { PEM_write_bio_X509($0, certificate) }
  }

  deinit { X509_free(pointer) }

  /// Adds an extension with a value as in OpenSSL's configuration files (x509v3_config(5)).
  func add(_ identifier: CInt, _ value: String) throws(CertificateError) {
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer, pointer, nil, nil, 0)
    guard let made = X509V3_EXT_nconf_nid(nil, &context, identifier, value) else {
      throw CertificateError("understand the extension \(value)")
    }
    defer { X509_EXTENSION_free(made) }
    guard X509_add_ext(pointer, made, -1) == 1 else { throw CertificateError("add the extension \(value)") }
  }
}

/// A memory BIO that OpenSSL writes a text into.
enum TextBIO {
  /// Returns the text that `write` wrote; it returns 1 on success.
  static func text(_ write: (OpaquePointer) -> CInt) throws(CertificateError) -> String {
    guard let bio = BIO_new(BIO_s_mem()) else { throw CertificateError("find memory") }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw CertificateError("write the PEM text") }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while case let count = BIO_read(bio, &part, CInt(part.count)), count > 0 {
      text += part.prefix(Int(count))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
