/// The keys that a client derives from its secret to prove that it has the secret, without sending it.
///
/// The scheme is that of SCRAM (RFC 5802 section 3) without password and salt, because a secret is 256 random
/// bits already:
///
/// | key | is |
/// |---|---|
/// | ClientKey | HMAC-SHA-256(secret bits, `sluice client key 1`) |
/// | StoredKey | SHA-256(ClientKey) |
/// | ServerKey | HMAC-SHA-256(secret bits, `sluice server key 1`) |
/// | client proof | ClientKey XOR HMAC-SHA-256(StoredKey, transcript) |
/// | server proof | HMAC-SHA-256(ServerKey, transcript) |
public struct ClientKey: Sendable {
  /// Bytes of a proof.
  public static let proofSize = SHA256.size

  /// The id of the key, which the client names to the server.
  public let keyID: String

  private let clientKey: [UInt8]
  private let storedKey: [UInt8]
  private let serverKey: [UInt8]

  /// Derives the keys from a secret.
  public init(_ secret: Secret) {
    self.init(keyID: secret.keyID, deriving: DerivedKeys(secret))
  }

  init(keyID: String, deriving keys: DerivedKeys) {
    self.keyID = keyID
    clientKey = keys.clientKey
    storedKey = keys.storedKey
    serverKey = keys.serverKey
  }

  /// Returns the 32 bytes that prove to a server, for this transcript alone, that the client has the secret.
  public func proof(over transcript: [UInt8]) -> [UInt8] {
    exclusiveOr(clientKey, SHA256.authenticationCode(of: transcript, key: storedKey))
  }

  /// Returns whether `serverProof` proves that the server has the stored key, in constant time. A proof of
  /// another length is refused.
  public func accepts(serverProof: [UInt8], over transcript: [UInt8]) -> Bool {
    equalInConstantTime(serverProof, SHA256.authenticationCode(of: transcript, key: serverKey))
  }
}

extension ClientKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The id of the key alone.
  public var description: String { "client key \(keyID)" }

  /// The same as `description`.
  public var debugDescription: String { description }

  /// A mirror without the keys.
  public var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}

/// The three keys of a secret.
struct DerivedKeys {
  let clientKey: [UInt8]
  let storedKey: [UInt8]
  let serverKey: [UInt8]

  init(_ secret: Secret) {
    self.init(
      clientKey: SHA256.authenticationCode(of: Array("sluice client key 1".utf8), key: secret.bits),
      serverKey: SHA256.authenticationCode(of: Array("sluice server key 1".utf8), key: secret.bits))
  }

  /// Keys that another scheme derived, for the test vectors of RFC 5802 and RFC 7677.
  init(clientKey: [UInt8], serverKey: [UInt8]) {
    self.clientKey = clientKey
    self.serverKey = serverKey
    storedKey = SHA256.digest(clientKey)
  }
}
