import Authentication
import Ingest
import Testing

@testable import Principals

struct CredentialsTests {
  @Test func readsWhatItWrites() throws {
    var (shop, _) = makePrincipal("shop", roles: [.publish, .read], expires: 1_800_000_000)
    shop.publishTopics = .only([.prefix("orders."), .exact("a\"b\\c\n:\u{FE0F}")])
    shop.readTopics = .only([])
    shop.quota = PublishQuota(events: 5_000, bytes: 10 << 20, connections: 8)
    shop.certificate = "shop.example.org"
    let (auditor, _) = makePrincipal("auditor", roles: Set(Role.allCases))
    let all = try credentials(shop, auditor, Principal(name: "empty", roles: []))
    let text = CredentialsWriter.text(all)
    #expect(try CredentialsReader(path: "x").read(text) == all)
    #expect(text.utf8.allSatisfy { $0 < 0x7F })
    #expect(try CredentialsReader(path: "x").read(CredentialsWriter.text(Credentials())) == Credentials())
    #expect(try CredentialsReader(path: "x").read("") == Credentials())
  }

  @Test func readsAFileWrittenByHand() throws {
    let text = """
      principals:
        - name: shop
          roles: [publish]
          publish:
            topics:
              - orders.*
              - 17
          quota: {events: 5000, bytes: 10MiB}
      """
    let principal = try #require(try CredentialsReader(path: "x").read(text).principals.first)
    #expect(principal.publishTopics == .only([.prefix("orders."), .exact("17")]))
    #expect(principal.readTopics == .all)
    #expect(principal.quota == PublishQuota(events: 5_000, bytes: 10 << 20))
    #expect(principal.keys.isEmpty)
  }

  @Test(arguments: [
    ("principals: [", 2, "not YAML"),
    ("- a", 1, "must be a mapping"),
    ("principles: []", 1, "did you mean principals?"),
    ("principals: 7", 1, "must be a list"),
    ("principals:\n  - roles: []", 2, "needs a name"),
    ("principals:\n  - name: 'a b'", 2, "letters"),
    ("principals:\n  - name: a\n    roels: []", 3, "did you mean roles?"),
    ("principals:\n  - name: a\n    roles: [root]", 3, "publish, read, admin"),
    ("principals:\n  - name: a\n    roles: publish", 3, "must be a list"),
    ("principals:\n  - name: a\n    publish: {topics: ['a*b']}", 3, "one * at its end"),
    ("principals:\n  - name: a\n    quota: {events: -1}", 3, "at least 1"),
    ("principals:\n  - name: a\n    quota: {evnts: 1}", 3, "did you mean events?"),
    ("principals:\n  - name: a\n    keys:\n      - id: A", 4, "needs an id"),
    ("principals:\n  - name: a\n    keys:\n      - id: a\n        stored_key: short", 4, "43 characters"),
    ("principals:\n  - name: a\n  - name: a", 3, "two principals"),
    ("principals:\n  - name: a\n    name: b", 1, "twice"),
    ("principals:\n  - name:", 2, "must be a text"),
  ])
  func refusesAnythingElseWithTheLine(text: String, line: Int, reason: String) {
    #expect {
      try CredentialsReader(path: "file.yaml").read(text)
    } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("file.yaml:\(line): ") && text.contains(reason) && !text.contains("\n")
    }
  }

  @Test func rotationKeepsOneFormerKey() throws {
    let (shop, first) = makePrincipal("shop")
    var all = try credentials(shop)
    let (second, third) = (Secret.random(), Secret.random())
    #expect(try all.rotate("shop", to: StoredKey(second), at: 0) == [])
    #expect(all.principals[0].keys.map(\.id) == [first.keyID, second.keyID])
    #expect(try all.rotate("shop", to: StoredKey(third), at: 0) == [first.keyID])
    #expect(all.principals[0].keys.map(\.id) == [second.keyID, third.keyID])
    #expect(throws: CredentialsError.unknownPrincipal("shops")) {
      try all.rotate("shops", to: StoredKey(third), at: 0)
    }
  }

  @Test func revocationRemovesAKeyOrThePrincipal() throws {
    let (shop, secret) = makePrincipal("shop")
    var all = try credentials(shop)
    #expect(throws: CredentialsError.unknownKey("x", of: "shop")) { try all.revoke("shop", keyID: "x") }
    try all.revoke("shop", keyID: secret.keyID)
    #expect(all.principals[0].keys.isEmpty)
    try all.revoke("shop", keyID: nil)
    #expect(all.principals.isEmpty)
  }

  @Test func theListShowsNoKeyMaterial() throws {
    let (shop, secret) = makePrincipal("shop", expires: 0)
    let text = CredentialsTable.text(try credentials(shop), at: 1)
    #expect(text.contains("\(secret.keyID) (ended 1970-01-01T00:00:00Z)"))
    #expect(text.split(separator: "\n").count == 2)
    #expect(!text.contains(secret.revealed))
  }
}
