import Testing

@testable import Principals

struct SecurityLogTests {
  @Test func limitsEachKindOfRefusal() throws {
    let memory = LogMemory()
    let log = SecurityLog(memory.logger, every: .seconds(1))
    let start = ContinuousClock.now
    for offset in [0, 100, 200, 1_100] {
      log.refused(
        .login, "unknown key", keyID: "abc", address: "10.0.0.7", at: start + .milliseconds(offset))
    }
    log.refused(.right, "topic", principal: "shop", address: "10.0.0.7", at: start)
    try #require(memory.lines.count == 3)
    #expect(memory.lines[0].hasPrefix("warning login refused security.address=10.0.0.7 security.key=abc"))
    #expect(memory.lines[1].contains("security.suppressed=2"))
    #expect(memory.lines[2].contains("security.principal=shop"))
  }

  @Test(arguments: ["a\nb", "\u{1B}[31m", "", String(repeating: "a", count: 33)])
  func showsNoInvalidKeyID(keyID: String) throws {
    let memory = LogMemory()
    SecurityLog(memory.logger).refused(.login, "unknown key", keyID: keyID, address: nil)
    try #require(memory.lines.count == 1)
    #expect(memory.lines[0].contains("security.key=(not a key id)"))
  }
}
