import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct IdentityTests {
  @Test func takesANewIdentityWhenItsSequencesWereUsed() async throws {
    let server = try ModelServer()
    let identity = Producer.Identity.random()
    let first = try await server.producer { $0.identity = identity }
    for name in ["a", "b", "c"] { try await first.publish(name).committed() }
    try await first.close()

    let notices = Notices()
    let second = try await server.producer { configuration in
      configuration.identity = identity
      configuration.onNotice = notices.collect
    }
    var receipts: [Receipt] = []
    for name in ["d", "e", "f", "g"] { receipts.append(try await second.publish(name)) }
    for receipt in receipts { #expect(try await receipt.committed().received == 1) }
    #expect(notices.kinds.contains(.identityRenewed))
    #expect(server.stored.keys == 7)
    #expect(server.ledger.withLedger { $0.producerCount } == 2)
    try await second.close()
  }

  @Test func getsTheFirstCountsWhenItRepeatsABatch() async throws {
    let server = try ModelServer()
    let identity = Producer.Identity.random()
    for isReplay in [false, true] {
      let producer = try await server.producer { $0.identity = identity }
      let counts = try await producer.publish("a", events: 3).committed()
      #expect(counts.unique == 3)
      #expect(counts.isReplay == isReplay)
      try await producer.close()
    }
    #expect(server.stored.received == 3)
  }

  @Test func takesANewIdentityWhenItsStateIsStale() async throws {
    let server = try ModelServer()
    let identity = Producer.Identity.random()
    let first = try await server.producer { $0.identity = identity }
    try await first.publish("a").committed()
    try await first.close()
    server.ledger.withLedger { $0.prune(identity.id, below: 2) }

    let notices = Notices()
    let second = try await server.producer { configuration in
      configuration.identity = identity
      configuration.onNotice = notices.collect
    }
    #expect(notices.kinds.contains(.identityRenewed))
    #expect(try await second.publish("b").committed().unique == 1)
    try await second.close()
  }

  @Test(arguments: ["", "x", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-00000000000g"])
  func isAUUID(_ text: String) {
    #expect(Producer.Identity(text) == nil)
  }

  @Test func readsWhatItWrites() {
    let identity = Producer.Identity.random()
    #expect(Producer.Identity(identity.description) == identity)
    #expect(Producer.Identity.random() != identity)
  }
}
