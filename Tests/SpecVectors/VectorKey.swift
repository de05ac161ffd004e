/// A key of the vectors, and the proofs made with it by the text of `spec/wire-protocol.md`, section 4.3.
package struct VectorKey: Decodable, Sendable {
  package let id: String
  package let secret: HexBytes
  /// The nonce of the side under test.
  package let nonce: HexBytes

  package init(id: String, secret: HexBytes, nonce: HexBytes) {
    (self.id, self.secret, self.nonce) = (id, secret, nonce)
  }

  package var clientKey: [UInt8] { ReferenceSHA256.mac(secret.bytes, Array("sluice client key 1".utf8)) }
  package var storedKey: [UInt8] { ReferenceSHA256.hash(clientKey) }
  package var serverKey: [UInt8] { ReferenceSHA256.mac(secret.bytes, Array("sluice server key 1".utf8)) }

  package func clientProof(over message: [UInt8]) -> [UInt8] {
    zip(clientKey, ReferenceSHA256.mac(storedKey, message)).map { $0 ^ $1 }
  }

  package func serverProof(over message: [UInt8]) -> [UInt8] { ReferenceSHA256.mac(serverKey, message) }

  /// Whether the proof leads back to the stored key, as a server checks it that has no secret.
  package func isClientProof(_ proof: [UInt8], over message: [UInt8]) -> Bool {
    ReferenceSHA256.hash(zip(proof, ReferenceSHA256.mac(storedKey, message)).map { $0 ^ $1 }) == storedKey
  }
}

/// The parts of the bytes under a proof.
package struct VectorTranscript {
  package static let preface: [UInt8] = [0x89, 0x53, 0x4C, 0x55, 0x49, 0x43, 0x45, 0x01]

  /// Label, both prefaces, the frames, the channel binding.
  package var parts: [[UInt8]]

  /// The transcript of a server's proof with `welcome`, else of a client's.
  package init(
    hello: [UInt8], challenge: [UInt8], auth: [UInt8], welcome: [UInt8]? = nil, exporter: [UInt8] = []
  ) {
    let label = welcome == nil ? "sluice client proof 1" : "sluice server proof 1"
    let zeros = [UInt8](repeating: 0, count: 32)
    parts = [Array(label.utf8), Self.preface, Self.preface, hello, challenge]
    parts.append(Self.withoutChecksum(auth.dropLast(32)) + zeros)
    if let welcome { parts.append(Self.withoutChecksum(welcome.dropLast(36))) }
    parts.append(exporter)
  }

  package var message: [UInt8] {
    parts.flatMap { part in withUnsafeBytes(of: UInt32(part.count).littleEndian) { Array($0) } + part }
  }

  private static func withoutChecksum(_ frame: ArraySlice<UInt8>) -> [UInt8] {
    Array(frame.prefix(20)) + [0, 0, 0, 0] + Array(frame.dropFirst(24))
  }
}

/// Whole frames in the bytes of one side.
package enum VectorFrames {
  /// The first whole frame of this type; nil when there is none.
  package static func first(type: UInt8, in bytes: [UInt8]) -> [UInt8]? {
    var rest = bytes.starts(with: VectorTranscript.preface) ? bytes.dropFirst(8) : bytes[...]
    while rest.count >= 24 {
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) } + 24
      guard rest.count >= length else { return nil }
      if rest[rest.startIndex + 4] == type { return Array(rest.prefix(length)) }
      rest = rest.dropFirst(length)
    }
    return nil
  }
}

/// A whole handshake with a key: frames, keys, the bytes under both proofs, and the proofs.
package struct AuthenticationVector: Decodable, Sendable, CustomStringConvertible {
  package let name: String
  package let keyID: String
  package let secret: HexBytes
  package let clientKey: HexBytes
  package let storedKey: HexBytes
  package let serverKey: HexBytes
  package let hello: HexBytes
  package let challenge: HexBytes
  package let auth: HexBytes
  package let welcome: HexBytes
  package let exporter: HexBytes
  package let clientMessage: HexBytes
  package let clientProof: HexBytes
  package let serverMessage: HexBytes
  package let serverProof: HexBytes

  package var description: String { name }

  enum CodingKeys: String, CodingKey {
    case name, secret, hello, challenge, auth, welcome, exporter
    case keyID = "key_id"
    case clientKey = "client_key"
    case storedKey = "stored_key"
    case serverKey = "server_key"
    case clientMessage = "client_message"
    case clientProof = "client_proof"
    case serverMessage = "server_message"
    case serverProof = "server_proof"
  }

  package static let all = VectorFile<AuthenticationVector>.read("authentication")
}
