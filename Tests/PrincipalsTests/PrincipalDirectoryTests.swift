import Authentication
import Synchronization
import Testing

@testable import Principals

struct PrincipalDirectoryTests {
  private let transcript = Array("transcript".utf8)

  @Test func logsInByProofSecretAndCertificate() throws {
    var (shop, secret) = makePrincipal("shop")
    shop.certificate = "shop.example.org"
    let directory = PrincipalDirectory(try credentials(shop), at: 0)
    let proof = ClientKey(secret).proof(over: transcript)
    let byProof = directory.login(keyID: secret.keyID, proof: proof, over: transcript, at: 0)
    #expect(byProof?.principal.name == "shop")
    #expect(directory.login(secret, at: 0) == byProof)
    let byCertificate = directory.login(certificateNames: ["other", "shop.example.org"])
    #expect(byCertificate?.principal.name == "shop")
    #expect(byCertificate?.key == nil)
  }

  @Test func refusesUnknownWrongAndEndedKeys() throws {
    let (shop, secret) = makePrincipal("shop", expires: 10)
    let directory = PrincipalDirectory(try credentials(shop), at: 0)
    let stranger = Secret.random()
    let proof = ClientKey(stranger).proof(over: transcript)
    #expect(directory.login(stranger, at: 0) == nil)
    #expect(directory.login(keyID: secret.keyID, proof: proof, over: transcript, at: 0) == nil)
    #expect(directory.login(keyID: stranger.keyID, proof: proof, over: transcript, at: 0) == nil)
    #expect(directory.login(secret, at: 9) != nil)
    #expect(directory.login(secret, at: 10) == nil)
    #expect(directory.login(certificateNames: ["shop"]) == nil)
  }

  @Test func renewsALoginByCertificateUntilItNamesAnotherPrincipal() throws {
    var (shop, _) = makePrincipal("shop")
    var (other, _) = makePrincipal("other")
    shop.certificate = "shop.example.org"
    let directory = PrincipalDirectory(try credentials(shop, other), at: 0)
    let login = try #require(directory.login(certificateNames: ["shop.example.org"]))
    shop.roles = [.publish, .read]
    directory.replace(with: try credentials(shop, other), at: 0)
    let renewed = try #require(directory.renewed(login, at: 0))
    #expect(renewed.principal.roles == [.publish, .read])
    #expect(directory.isCurrent(renewed, at: 0))
    other.certificate = "shop.example.org"
    shop.certificate = nil
    #expect(directory.replace(with: try credentials(shop, other), at: 0) == ["shop"])
    #expect(directory.renewed(renewed, at: 0) == nil)
    #expect(!directory.isCurrent(renewed, at: 0))
  }

  @Test func refusesACertificateOfTwoPrincipals() throws {
    var (one, _) = makePrincipal("one")
    var (two, _) = makePrincipal("two")
    one.certificate = "one.example.org"
    two.certificate = "two.example.org"
    let directory = PrincipalDirectory(try credentials(one, two), at: 0)
    #expect(directory.login(certificateNames: ["one.example.org", "two.example.org"]) == nil)
  }

  @Test func endsALoginThatLostItsKeyItsRightsOrItsPrincipal() throws {
    let (shop, secret) = makePrincipal("shop")
    let (other, _) = makePrincipal("other")
    let directory = PrincipalDirectory(try credentials(shop, other), at: 0)
    let login = try #require(directory.login(secret, at: 0))
    #expect(directory.isCurrent(login, at: 0))

    #expect(directory.replace(with: try credentials(shop), at: 0) == ["other"])
    #expect(directory.isCurrent(login, at: 0))

    var rotated = shop
    rotated.keys.append(StoredKey(.random()))
    #expect(directory.replace(with: try credentials(rotated), at: 0) == [])
    #expect(directory.isCurrent(login, at: 0))

    var narrowed = shop
    narrowed.publishTopics = .only([.exact("a")])
    for changed in [narrowed, Principal(name: "shop", roles: [.publish])] {
      #expect(directory.replace(with: try credentials(changed), at: 0) == ["shop"])
      #expect(!directory.isCurrent(login, at: 0))
      directory.replace(with: try credentials(shop), at: 0)
    }
    directory.replace(with: Credentials(), at: 0)
    #expect(!directory.isCurrent(login, at: 0))
  }

  @Test func aLoginEndsWithItsKey() throws {
    let (shop, secret) = makePrincipal("shop", expires: 10)
    let directory = PrincipalDirectory(try credentials(shop), at: 0)
    let login = try #require(directory.login(secret, at: 0))
    #expect(directory.isCurrent(login, at: 9))
    #expect(!directory.isCurrent(login, at: 10))
  }

  @Test func tellsObserversOfReplacementsAndOfEndedKeys() throws {
    let (one, _) = makePrincipal("one", expires: 10)
    let (two, _) = makePrincipal("two", expires: 20)
    let directory = PrincipalDirectory(try credentials(one, two), at: 0)
    let calls = Atomic<Int>(0)
    directory.observe { [directory] in
      // An observer may ask the directory.
      if directory.generation > 0 { calls.add(1, ordering: .relaxed) }
    }
    for (now, count) in [(9, 0), (10, 1), (19, 1), (30, 2), (40, 2)] as [(Int64, Int)] {
      directory.expireKeys(at: now)
      #expect(calls.load(ordering: .relaxed) == count)
    }
    directory.replace(with: try credentials(one), at: 40)
    #expect(calls.load(ordering: .relaxed) == 3)
    #expect(directory.generation == 2)
  }
}
