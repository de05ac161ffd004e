/// CHALLENGE: the server asks for proof of a key (`spec/wire-protocol.md`, section 4.3).
public struct Challenge: Hashable, Sendable {
  /// 32 fresh random bytes, so that no earlier proof fits.
  public let nonce: Bytes32
  /// Text that helps a client with several keys to choose; at most 255 bytes are sent.
  public let keyHint: String

  /// A challenge with this nonce. Each connection needs a nonce of its own.
  public init(nonce: Bytes32, keyHint: String = "") {
    self.nonce = nonce
    self.keyHint = keyHint
  }

  /// Reads a CHALLENGE's body.
  /// - Throws: `malformedFrame`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    nonce = try reader.bytes32(body)
    keyHint = try reader.text8(body)
    try reader.finish()
  }
}

/// AUTH: the client proves that it knows a key (`spec/wire-protocol.md`, section 4.3).
struct Auth: Hashable, Sendable {
  /// Public name of the key, at most 255 bytes.
  let keyID: String
  /// 32 fresh random bytes of the client.
  let nonce: Bytes32
  /// Proof over the transcript. The last bytes of the frame, so that a transcript can leave the proof out.
  let proof: Bytes32

  init(keyID: String, nonce: Bytes32, proof: Bytes32) {
    self.keyID = keyID
    self.nonce = nonce
    self.proof = proof
  }

  /// Reads an AUTH's body.
  /// - Throws: `malformedFrame`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    keyID = try reader.text8(body)
    nonce = try reader.bytes32(body)
    proof = try reader.bytes32(body)
    try reader.finish()
  }
}

extension ByteReader {
  mutating func bytes32(_ bytes: RawSpan) throws(WireError) -> Bytes32 {
    Bytes32(try block(Bytes32.byteCount, bytes))
  }
}

extension FrameWriter {
  /// Writes a CHALLENGE.
  public mutating func challenge(_ challenge: Challenge) {
    frame(.challenge) { body in
      body.block(challenge.nonce.bytes)
      body.text8(challenge.keyHint)
    }
  }

  /// Writes an AUTH.
  mutating func auth(_ auth: Auth) {
    frame(.auth) { body in
      body.text8(auth.keyID)
      body.block(auth.nonce.bytes)
      body.block(auth.proof.bytes)
    }
  }
}
