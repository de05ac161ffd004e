internal import COpenSSL

/// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), computed by OpenSSL.
///
/// Both need no memory that the caller sizes, so a failure is a broken OpenSSL and stops the program.
enum SHA256 {
  /// Bytes of a digest.
  static let size = 32

  /// Returns the SHA-256 digest of `bytes`.
  static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: size)
    var length: UInt32 = 0
    let status = EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil)
    precondition(status == 1 && length == size, "OpenSSL cannot compute SHA-256")
    return digest
  }

  /// Returns HMAC-SHA-256 of `message` under `key`.
  static func authenticationCode(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    precondition(!key.isEmpty, "a key has at least one byte")
    var code = [UInt8](repeating: 0, count: size)
    var length: UInt32 = 0
    let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length)
    precondition(result != nil && length == size, "OpenSSL cannot compute HMAC-SHA-256")
    return code
  }
}

/// Returns whether two byte strings are equal, in a time that depends on their lengths alone.
func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// Returns the exclusive or of two digests.
func exclusiveOr(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
  precondition(left.count == right.count, "an exclusive or needs two strings of one length")
  return zip(left, right).map { $0 ^ $1 }
}
