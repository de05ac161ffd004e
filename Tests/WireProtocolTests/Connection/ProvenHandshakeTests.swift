import SpecVectors
import Testing

@testable import WireProtocol

/// The handshake with a key on both machines (`spec/wire-protocol.md`, section 4.3).
struct ProvenHandshakeTests {
  private let now = ContinuousClock.now

  @Test(arguments: AuthenticationVector.all)
  func theBytesUnderAProofAreThoseOfTheVector(_ vector: AuthenticationVector) {
    var transcript = HandshakeTranscript(hello: vector.hello.bytes, challenge: vector.challenge.bytes)
    transcript.add(auth: vector.auth.bytes)
    #expect(transcript.message(channelBinding: vector.exporter.bytes) == vector.clientMessage.bytes)
    let whole = transcript.adding(welcome: vector.welcome.bytes)
    #expect(whole.message(channelBinding: vector.exporter.bytes) == vector.serverMessage.bytes)
  }

  @Test(arguments: AuthenticationVector.all)
  func theProofsOfAVectorComeFromItsSecret(_ vector: AuthenticationVector) {
    let key = VectorKey(id: vector.keyID, secret: vector.secret, nonce: HexBytes([]))
    #expect(key.clientKey == vector.clientKey.bytes)
    #expect(key.storedKey == vector.storedKey.bytes)
    #expect(key.serverKey == vector.serverKey.bytes)
    #expect(key.clientProof(over: vector.clientMessage.bytes) == vector.clientProof.bytes)
    #expect(key.isClientProof(vector.clientProof.bytes, over: vector.clientMessage.bytes))
    #expect(key.serverProof(over: vector.serverMessage.bytes) == vector.serverProof.bytes)
  }

  @Test func bothMachinesAgreeOnBothTranscripts() throws {
    var seen: [HandshakeTranscript] = []
    let key = ClientAuthentication(keyID: "key", nonce: .zero) { transcript in
      seen.append(transcript)
      return Samples.proof
    } isServerProof: { proof, transcript in
      seen.append(transcript)
      return proof == Samples.challenge.nonce
    }
    var client = ClientConnection(hello: Samples.hello, authentication: key, now: now)
    var server = ServerDialogue(challenge: Samples.challenge)
    let (action, attempt) = authenticate(&client, &server)
    #expect(action == attempt.map { .authenticate($0) })
    #expect(attempt?.keyID == "key")
    #expect(attempt?.proof == Samples.proof)
    #expect(attempt?.transcript == seen.first)
    let hello = server.machine.authenticated()
    #expect(hello == Samples.hello)
    server.register { transcript in
      seen.append(transcript)
      return Samples.challenge.nonce
    }
    let welcome = server.machine.takeOutput(queue: (0, 0), now: now)
    guard case .welcomed = client.hear(welcome, now: now).event else {
      Issue.record("the client did not take WELCOME")
      return
    }
    try #require(seen.count == 3)
    #expect(seen[1] == seen[2])
    let isOpen = client.isOpen
    #expect(isOpen)
  }

  @Test func aRefusedProofEndsTheConnectionWithOneError() {
    var client = ClientConnection(hello: Samples.hello, authentication: Samples.trustful, now: now)
    var server = ServerDialogue(challenge: Samples.challenge)
    _ = authenticate(&client, &server)
    server.machine.fail(WireError(.authenticationFailed, "the key is not accepted"))
    let answer = server.machine.takeOutput(queue: (0, 0), now: now)
    #expect(Heard.read(answer) == [.error(.authenticationFailed, nil)])
    let event = client.hear(answer, now: now).event
    #expect(event == .failed(ErrorFrame(WireError(.authenticationFailed, ""))))
  }

  @Test func aSecondAuthIsUnexpectedWhileTheFirstIsChecked() {
    var server = ServerDialogue(challenge: Samples.challenge)
    _ = server.say(Preface.bytes)
    _ = server.say(Samples.valid(.hello))
    _ = server.say(Samples.valid(.auth))
    let second = server.say(Samples.valid(.auth))
    #expect(second == .close(WireError(.unexpectedFrame, "")))
  }

  @Test func randomBytesDifferAndAreReproducible() {
    var generator = SeededRandom(seed: 1)
    let first = Bytes32.random(using: &generator)
    let second = Bytes32.random(using: &generator)
    #expect(first != second)
    var again = SeededRandom(seed: 1)
    #expect(Bytes32.random(using: &again) == first)
  }

  /// Lets both sides speak until the server has AUTH.
  private func authenticate(
    _ client: inout ClientConnection, _ server: inout ServerDialogue
  ) -> (ServerConnection.OnBytes, AuthAttempt?) {
    let opening = client.takeOutput(now: now)
    _ = server.say(Preface.bytes)
    _ = server.say(Array(opening.dropFirst(Preface.byteCount)))
    let answer = server.machine.takeOutput(queue: (0, 0), now: now)
    _ = client.hear(Array(answer.prefix(Preface.byteCount)), now: now)
    _ = client.hear(Array(answer.dropFirst(Preface.byteCount)), now: now)
    let action = server.say(client.takeOutput(now: now))
    if case .authenticate(let attempt) = action { return (action, attempt) }
    return (action, nil)
  }
}

/// The functions that the vectors are checked with, against published values.
struct ReferenceSHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func hashesAsPublished(_ message: String, _ digest: String) {
    #expect(hex(ReferenceSHA256.hash(Array(message.utf8))) == digest)
  }

  /// RFC 4231, test case 2.
  @Test func authenticatesAsPublished() {
    let mac = ReferenceSHA256.mac(Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
    #expect(hex(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
