import Testing
import TextFormats

@testable import Authentication

struct SecretTests {
  /// The secret with the bytes 0 to 31. The check characters come from another implementation: Python's
  /// `base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big"))`.
  static let known = "sluice_abc234_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_4ZSArg"

  @Test func hasATextWithIDBitsAndCheck() throws {
    let secret = Secret(keyID: "abc234", bits: Array(0..<32))
    #expect(secret.revealed == Self.known)
    let parsed = try Secret(parsing: Self.known)
    #expect(parsed.keyID == "abc234")
    #expect(parsed.bits == Array(0..<32))
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func readsTheTextOfADrawnSecret(seed: UInt64) throws {
    let secret = sampleSecret(seed)
    let parsed = try Secret(parsing: secret.revealed)
    #expect(parsed.keyID == secret.keyID)
    #expect(parsed.bits == secret.bits)
    #expect(secret.keyID.utf8.count == 12)
  }

  @Test func drawsDifferentSecrets() {
    let (first, second) = (Secret.random(), Secret.random())
    #expect(first.keyID != second.keyID)
    #expect(first.bits != second.bits)
  }

  @Test func tellsATypingMistakeFromAWrongKey() {
    let text = Array(sampleSecret().revealed)
    let bits = "sluice_".count + 12 + 1
    for place in bits..<text.count where text[place] != "_" {
      var wrong = text
      wrong[place] = wrong[place] == "A" ? "B" : "A"
      #expect(throws: SecretError.mistyped) { try Secret(parsing: String(wrong)) }
    }
  }

  @Test(
    arguments: [
      "", "sluice_", "hunter2", "ghp_0123456789abcdef0123456789abcdef0123",
      "sluice__AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_4ZSArg",
      "sluice_ABC_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_4ZSArg",
      "sluice_abc234-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_4ZSArg",
      "sluice_abc234_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8-4ZSArg",
      "sluice_\(String(repeating: "a", count: 33))_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_4ZSArg",
    ])
  func refusesAnotherForm(text: String) {
    #expect(throws: SecretError.notASecret) { try Secret(parsing: text) }
  }

  @Test func showsNoBitsInADescription() {
    let secret = sampleSecret()
    let bits = Base64.urlText(secret.bits)
    var dumped = ""
    dump(secret, to: &dumped)
    dump(ClientKey(secret), to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\(ClientKey(secret))"] {
      #expect(!text.contains(bits))
      #expect(!text.contains(secret.bits.description))
      #expect(text.contains(secret.keyID))
    }
  }
}
