/// The frames of one handshake that a proof covers (`spec/wire-protocol.md`, section 4.3).
///
/// Both sides keep HELLO, CHALLENGE and AUTH as they were sent, and the server's proof also covers WELCOME. A
/// proof and the checksum over it cannot cover themselves, so the transcript has zeros in their place.
public struct HandshakeTranscript: Hashable, Sendable {
  /// Bytes of the option that carries the server's proof: type, length and value.
  static let proofOptionBytes = 4 + Bytes32.byteCount

  /// HELLO, then CHALLENGE, then AUTH, then WELCOME, as far as the handshake is.
  private var frames: [[UInt8]]

  /// The start of a handshake in which the server sent a CHALLENGE.
  /// - Parameters:
  ///   - hello: the whole frame HELLO as it was sent.
  ///   - challenge: the whole frame CHALLENGE as it was sent.
  init(hello: [UInt8], challenge: [UInt8]) {
    frames = [hello, challenge]
  }

  /// Adds the whole frame AUTH as it was sent, with any proof.
  mutating func add(auth: [UInt8]) {
    precondition(frames.count == 2, "AUTH follows CHALLENGE and comes once")
    var frame = auth
    Self.clearChecksum(of: &frame)
    let proof = (frame.count - Bytes32.byteCount)..<frame.count
    frame.replaceSubrange(proof, with: Bytes32.zero.bytes)
    frames.append(frame)
  }

  /// The transcript of the server's proof.
  /// - Parameter welcome: the whole frame WELCOME, of which the last option is the server's proof.
  func adding(welcome: [UInt8]) -> HandshakeTranscript {
    precondition(frames.count == 3, "WELCOME follows AUTH and comes once")
    var frame = Array(welcome.dropLast(Self.proofOptionBytes))
    Self.clearChecksum(of: &frame)
    var transcript = self
    transcript.frames.append(frame)
    return transcript
  }

  /// Returns the bytes under the proof: of the client's proof until WELCOME, of the server's proof with it.
  /// - Parameter channelBinding: the `tls-exporter` value of the connection (RFC 9266, 32 bytes); empty
  ///   without TLS. A proof that was made for another TLS connection then does not fit this one.
  public func message(channelBinding: [UInt8]) -> [UInt8] {
    precondition(frames.count >= 3, "no proof is made before AUTH")
    let label = frames.count == 3 ? "sluice client proof 1" : "sluice server proof 1"
    var message = FrameWriter()
    for part in [Array(label.utf8), Preface.bytes, Preface.bytes] + frames + [channelBinding] {
      message.integer(UInt32(part.count))
      message.block(part)
    }
    return message.take()
  }

  private static func clearChecksum(of frame: inout [UInt8]) {
    precondition(frame.count >= FrameHeader.byteCount, "a frame has a header")
    frame.replaceSubrange(FrameHeader.checksumOffset..<FrameHeader.byteCount, with: [0, 0, 0, 0])
  }
}

extension Welcome {
  /// Returns this WELCOME with the server's proof in its last option.
  /// - Parameters:
  ///   - transcript: the handshake up to AUTH; nil when the client sent no AUTH. Then there is no proof.
  ///   - prove: returns the server's proof over a transcript; there exactly when there is a transcript.
  func proven(
    over transcript: HandshakeTranscript?, by prove: ((HandshakeTranscript) -> Bytes32)?
  ) -> Welcome {
    precondition((transcript == nil) == (prove == nil), "the server proves itself exactly after AUTH")
    guard let transcript, let prove else { return self }
    var welcome = self
    welcome.proof = .zero
    let frame = FrameWriter.bytes { [welcome] in $0.welcome(welcome) }
    welcome.proof = prove(transcript.adding(welcome: frame))
    return welcome
  }
}

/// The proof of a client, which the server's shell checks.
public struct AuthAttempt: Hashable, Sendable {
  /// Public name of the key, as the peer wrote it: at most 255 bytes of any text.
  public let keyID: String
  /// Proof of the client.
  public let proof: Bytes32
  /// Frames under the proof.
  public let transcript: HandshakeTranscript
}

/// The key with which a client proves its identity, and refuses a server that does not know the key.
public struct ClientAuthentication {
  let keyID: String
  let nonce: Bytes32
  let prove: (HandshakeTranscript) -> Bytes32
  let isServerProof: (Bytes32, HandshakeTranscript) -> Bool

  /// A key for one connection.
  /// - Parameters:
  ///   - keyID: the public name of the key, at most 255 bytes.
  ///   - nonce: 32 fresh random bytes for this connection.
  ///   - prove: returns the client's proof over a transcript.
  ///   - isServerProof: whether a proof is the server's proof over a transcript; compares in constant time.
  public init(
    keyID: String, nonce: Bytes32, prove: @escaping (HandshakeTranscript) -> Bytes32,
    isServerProof: @escaping (Bytes32, HandshakeTranscript) -> Bool
  ) {
    precondition((1...255).contains(keyID.utf8.count), "the name of a key has 1 to 255 bytes")
    self.keyID = keyID
    self.nonce = nonce
    self.prove = prove
    self.isServerProof = isServerProof
  }
}
