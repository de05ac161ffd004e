import Testing
import TextFormats

@testable import Authentication

struct ProofTests {
  private let transcript = Array("what both sides said".utf8)

  /// The exchange of RFC 7677 section 3, which is RFC 5802 with SHA-256. The keys belong to the password
  /// `pencil` with the salt and the 4096 iterations of that exchange.
  @Test func provesAsSCRAM() {
    let keys = DerivedKeys(
      clientKey: hexadecimal("a60fc923d67e8644a92d16b96eda5ef4656b0c725c484374be25535576996e8b"),
      serverKey: hexadecimal("c1f3cbc1c13a9d35a14c0990eed97629ea225863e566a4314ab99f3f00e5d9d5"))
    let stored = StoredKey(id: "user", storedKey: keys.storedKey, serverKey: keys.serverKey, expires: nil)
    let message = Array(
      ("n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
        .utf8)
    let proof = ClientKey(keyID: "user", deriving: keys).proof(over: message)
    #expect(Base64.text(proof) == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    #expect(stored.accepts(proof: proof, over: message))
    #expect(Base64.text(stored.serverProof(over: message)) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
  }

  /// The values come from Python's `hmac` and `hashlib`.
  @Test func derivesTheKeysOfASecret() {
    let stored = StoredKey(Secret(keyID: "abc234", bits: Array(0..<32)))
    #expect(
      stored.storedKey == hexadecimal("13a051685d0e321502342e557f03a6a00852ef3556b6817322db6adb3b7dbb07"))
    #expect(
      stored.serverKey == hexadecimal("84f3c51e4236e8fd0645d3393e41a39b283d8bdca11f1b16685c23f9bb4a19a2"))
  }

  @Test func acceptsTheProofsOfBothSides() {
    let secret = sampleSecret()
    let client = ClientKey(secret)
    let stored = StoredKey(secret)
    #expect(client.keyID == stored.id)
    #expect(stored.accepts(proof: client.proof(over: transcript), over: transcript))
    #expect(client.accepts(serverProof: stored.serverProof(over: transcript), over: transcript))
    #expect(stored.accepts(secret))
  }

  @Test func refusesAnotherTranscriptKeyOrBit() {
    let client = ClientKey(sampleSecret(1))
    let stored = StoredKey(sampleSecret(1))
    let proof = client.proof(over: transcript)
    #expect(!stored.accepts(proof: proof, over: transcript + [0]))
    #expect(!stored.accepts(proof: ClientKey(sampleSecret(2)).proof(over: transcript), over: transcript))
    #expect(!StoredKey.dummy.accepts(proof: proof, over: transcript))
    #expect(!stored.accepts(sampleSecret(2)))
    for bit in 0..<256 {
      var changed = proof
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!stored.accepts(proof: changed, over: transcript))
    }
  }

  @Test(arguments: [0, 1, 31, 33, 64])
  func refusesAProofOfAnotherLength(count: Int) {
    let secret = sampleSecret()
    let bytes = [UInt8](repeating: 0, count: count)
    #expect(!StoredKey(secret).accepts(proof: bytes, over: transcript))
    #expect(!ClientKey(secret).accepts(serverProof: bytes, over: transcript))
  }

  @Test func refusesAServerWithAnotherTranscriptOrKey() {
    let client = ClientKey(sampleSecret(1))
    let stored = StoredKey(sampleSecret(1))
    #expect(!client.accepts(serverProof: stored.serverProof(over: transcript), over: transcript + [0]))
    #expect(
      !client.accepts(serverProof: StoredKey(sampleSecret(2)).serverProof(over: transcript), over: transcript)
    )
    #expect(!client.accepts(serverProof: client.proof(over: transcript), over: transcript))
  }

  @Test func needsMoreThanTheStoredKeyForAProof() {
    let stored = StoredKey(sampleSecret())
    let guess = exclusiveOr(
      stored.storedKey, SHA256.authenticationCode(of: transcript, key: stored.storedKey))
    #expect(!stored.accepts(proof: guess, over: transcript))
  }

  @Test(
    arguments: [(nil, 10, true), (11, 10, true), (10, 10, false), (9, 10, false)] as [(Int64?, Int64, Bool)])
  func isValidBeforeItsEnd(expires: Int64?, now: Int64, valid: Bool) {
    #expect(StoredKey(sampleSecret(), expires: expires).isValid(at: now) == valid)
  }
}
