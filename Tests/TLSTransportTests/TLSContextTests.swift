import DevelopmentCertificates
import Testing

@testable import TLSTransport

@Suite(.timeLimit(.minutes(2))) struct TLSContextTests {
  /// Files that cannot be used.
  enum Fault: CaseIterable {
    case missing, directory, empty, noKey, encryptedKey, otherKey, expired, notYetValid, badAuthorities
  }

  @Test(arguments: [
    (Fault.missing, "no such file or directory"), (.directory, "not a regular file"),
    (.empty, "holds no certificate"), (.noKey, "holds no private key"),
    (.encryptedKey, "the key is encrypted"),
    (.otherKey, "does not belong to the certificate"), (.expired, "has expired"),
    (.notYetValid, "not valid yet"), (.badAuthorities, "holds no certificate"),
  ])
  func filesThatCannotBeUsedAreNamedWithTheReason(fault: Fault, reason: String) async throws {
    try await withCertificates { folder in
      let settings = try settings(with: fault, folder)
      let error = try #require(throws: TLSContextError.self) { try TLSContext(settings) }
      #expect(error.reason.contains(reason))
      #expect(error.description.hasPrefix("cannot use \(folder.path)/"))
    }
  }

  @Test func aCertificateOfAClientNeedsItsKey() async throws {
    try await withCertificates { folder in
      var settings = try folder.clientWithCertificate()
      settings.key = nil
      #expect(throws: TLSContextError.self) { try TLSContext(settings) }
    }
  }

  @Test(arguments: [(0o600, 0), (0o640, 0), (0o644, 1), (0o602, 1)] as [(UInt32, Int)])
  func aKeyThatEveryAccountCanReadIsWarnedOf(mode: UInt32, warnings: Int) async throws {
    try await withCertificates { folder in
      let settings = try folder.server()
      let pair = try folder.authority.issue(
        name: "open", for: .server, names: ["DNS:localhost"], lifetime: CertificateFolder.valid)
      try folder.write(pair.certificate, to: "server.pem")
      try folder.write(pair.key, to: "server.key", mode: mode)
      #expect(try TLSContext(settings).warnings.count == warnings)
    }
  }

  @Test func aCertificateThatExpiresSoonIsWarnedOf() async throws {
    try await withCertificates { folder in
      let context = try TLSContext(folder.server(lifetime: -60..<86_400))
      #expect(context.warnings.count == 1)
      let expires = try #require(context.certificateExpires)
      #expect(abs(expires - CertificateFolder.now - 86_400) < 60)
    }
  }

  @Test(arguments: ["", "ab", String(repeating: "0", count: 63), String(repeating: "g", count: 64)])
  func aTextThatIsNoDigestIsNoPin(text: String) {
    #expect(TLSPin(text) == nil)
  }

  @Test func aPinIsReadWithAndWithoutColons() throws {
    let digits = String(repeating: "0aF9", count: 16)
    let pin = try #require(TLSPin(digits))
    #expect(pin.description == digits.lowercased())
    let pairs = stride(from: 0, to: 64, by: 2).map { String(Array(digits)[$0..<$0 + 2]) }
    #expect(TLSPin(pairs.joined(separator: ":")) == pin)
  }

  private func settings(with fault: Fault, _ folder: CertificateFolder) throws -> TLSServerSettings {
    var settings = try folder.server()
    switch fault {
    case .missing: settings.certificate = "\(folder.path)/absent"
    case .directory: settings.certificate = "\(folder.path)/"
    case .empty: try folder.write("", to: "server.pem")
    case .noKey: settings.key = settings.certificate
    case .encryptedKey:
      try folder.write(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", to: "server.key"
      )
    case .otherKey: settings.key = try folder.server("other").key
    case .expired: settings = try folder.server(lifetime: CertificateFolder.expired)
    case .notYetValid: settings = try folder.server(lifetime: CertificateFolder.future)
    case .badAuthorities: settings.clientAuthorities = settings.key
    }
    return settings
  }
}

@Suite(.timeLimit(.minutes(2))) struct ReloadingTLSContextTests {
  @Test func newFilesAreUsedOnceTheyStayTheSame() async throws {
    try await withCertificates { folder in
      let reloading = try ReloadingTLSContext(folder.server())
      let first = reloading.current
      #expect(isUnchanged(reloading.look(isForced: false)))
      _ = try folder.server()
      #expect(isUnchanged(reloading.look(isForced: false)), "the files may be half written")
      guard case .replaced(let context) = reloading.look(isForced: false) else {
        Issue.record("the new files were not read")
        return
      }
      #expect(context === reloading.current && context !== first)
      #expect(isUnchanged(reloading.look(isForced: false)))
    }
  }

  @Test func aBadNewFileLeavesTheFormerContextInForce() async throws {
    try await withCertificates { folder in
      let settings = try folder.server()
      let reloading = try ReloadingTLSContext(settings)
      let first = reloading.current
      try folder.write("nothing", to: "server.pem")
      _ = reloading.look(isForced: false)
      guard case .rejected(let error) = reloading.look(isForced: false) else {
        Issue.record("the bad file was accepted")
        return
      }
      #expect(error.file == settings.certificate)
      #expect(reloading.current === first)
      #expect(isUnchanged(reloading.look(isForced: false)), "the same file is reported once")
    }
  }

  @Test func aForcedLookReadsAtOnce() async throws {
    try await withCertificates { folder in
      let reloading = try ReloadingTLSContext(folder.server())
      guard case .replaced = reloading.look(isForced: true) else {
        Issue.record("the files were not read")
        return
      }
    }
  }

  private func isUnchanged(_ look: ReloadingTLSContext.Look) -> Bool {
    if case .unchanged = look { true } else { false }
  }
}
