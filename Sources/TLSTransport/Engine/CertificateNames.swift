internal import COpenSSL

/// The subject alternative names of certificates.
public enum CertificateNames {
  /// The most names that are read; a certificate with more yields none.
  static let most = 64

  /// Returns the DNS names, URIs and e-mail addresses of a certificate in DER; empty when it cannot be read.
  public static func names(ofDER bytes: [UInt8]) -> [String] {
    let certificate = bytes.withUnsafeBufferPointer { buffer in
      var position = buffer.baseAddress
      return d2i_X509(nil, &position, buffer.count)
    }
    guard let certificate else {
      ERR_clear_error()
      return []
    }
    defer { X509_free(certificate) }
    return names(of: certificate)
  }

  /// Returns the DNS names, URIs and e-mail addresses of an `X509`.
  static func names(of certificate: OpaquePointer) -> [String] {
    guard let extensions = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
    let names = OpaquePointer(extensions)
    defer { GENERAL_NAMES_free(names) }
    let count = sluice_general_names_count(names)
    guard count <= most else { return [] }
    return (0..<count).compactMap { index in sluice_general_name(names, index).flatMap(text) }
  }

  private static func text(of name: UnsafePointer<GENERAL_NAME>) -> String? {
    var kind: CInt = 0
    guard let value = GENERAL_NAME_get0_value(name, &kind), [GEN_DNS, GEN_URI, GEN_EMAIL].contains(kind)
    else {
      return nil
    }
    let string = value.assumingMemoryBound(to: ASN1_STRING.self)
    let bytes = UnsafeBufferPointer(
      start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    // A zero byte would end the name early where programs in C compare it.
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
