/// The part of a key that a server keeps. It checks a client and proves the server to the client, and nobody can
/// log in with it.
package struct StoredKey: Sendable, Equatable {
  /// Bytes of `storedKey` and of `serverKey`.
  package static let size = SHA256.size

  /// The id of the key.
  package let id: String
  /// SHA-256 of the client's key.
  package let storedKey: [UInt8]
  /// The key of the server's proof.
  package let serverKey: [UInt8]
  /// The first second since 1970 at which the key is no longer valid; nil: it is valid until it is revoked.
  package let expires: Int64?

  /// Creates the stored form of a key as a credentials file holds it.
  ///
  /// - Precondition: `id` is valid, `storedKey` and `serverKey` are 32 bytes each.
  package init(id: String, storedKey: [UInt8], serverKey: [UInt8], expires: Int64?) {
    precondition(KeyID.isValid(id.utf8), "the id of a key is 1 to 32 letters and digits")
    precondition(storedKey.count == Self.size && serverKey.count == Self.size, "a stored key has 32 bytes")
    self.id = id
    self.storedKey = storedKey
    self.serverKey = serverKey
    self.expires = expires
  }

  /// Creates the stored form of a secret.
  package init(_ secret: Secret, expires: Int64? = nil) {
    let keys = DerivedKeys(secret)
    self.init(id: secret.keyID, storedKey: keys.storedKey, serverKey: keys.serverKey, expires: expires)
  }

  /// A key whose secret nobody knows. A server checks a peer with an unknown key id against it, so that an
  /// unknown id takes the same work as a wrong proof.
  package static let dummy = StoredKey(.random())

  /// Returns whether the key is valid at `now`, in seconds since 1970.
  package func isValid(at now: Int64) -> Bool {
    expires.map { now < $0 } ?? true
  }

  /// Returns whether `proof` proves, for this transcript, that the client has the secret. The comparison takes
  /// constant time. A proof of another length than 32 bytes is refused.
  package func accepts(proof: [UInt8], over transcript: [UInt8]) -> Bool {
    guard proof.count == Self.size else { return false }
    let clientKey = exclusiveOr(proof, SHA256.authenticationCode(of: transcript, key: storedKey))
    return equalInConstantTime(SHA256.digest(clientKey), storedKey)
  }

  /// Returns the 32 bytes that prove to a client, for this transcript alone, that the server knows the key.
  package func serverProof(over transcript: [UInt8]) -> [UInt8] {
    SHA256.authenticationCode(of: transcript, key: serverKey)
  }

  /// Returns whether `secret` has the bits of this key, for a client that sends the secret itself (RFC 6750).
  /// The comparison takes constant time. The key id is not compared.
  package func accepts(_ secret: Secret) -> Bool {
    equalInConstantTime(DerivedKeys(secret).storedKey, storedKey)
  }
}
