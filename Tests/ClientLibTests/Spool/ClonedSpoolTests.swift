import Foundation
import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

/// A spool's directory is copied, with its machine or from a backup, and both copies send.
@Suite(.timeLimit(.minutes(2))) struct ClonedSpoolTests {
  /// A directory whose producer left batches unsettled, and a copy of it.
  private func withClones(
    _ body: (ModelServer, _ one: String, _ other: String, Producer.Identity) async throws -> Void
  ) async throws {
    try await withDirectory { parent in
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let one = "\(parent)/one"
      let other = "\(parent)/other"
      let producer = try await over(one, server)
      for name in ["a", "b"] { _ = try await producer.publish(name) }
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await producer.close(deadline: .zero)
      }
      try FileManager.default.copyItem(atPath: one, toPath: other)
      await server.with { $0.behave { $0.holdsCommits = false } }
      try await body(server, one, other, producer.identity)
    }
  }

  private func over(
    _ directory: String, _ server: ModelServer, _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    try await server.producer { configuration in
      configuration.spool = Producer.Spool(directory: directory)
      change(&configuration)
    }
  }

  @Test func takesANewIdentityWhenTheOtherCopyUsedItsSequences() async throws {
    try await withClones { server, one, other, identity in
      let first = try await over(one, server)
      try await first.publish("c").committed()
      try await first.close()
      #expect(first.identity == identity)

      let notices = Notices()
      let second = try await over(other, server) { $0.onNotice = notices.collect }
      // The other copy used sequence 3 for "c".
      #expect(try await second.publish("d").committed().unique == 1)
      try await second.close()
      #expect(notices.kinds.contains(.identityRenewed))
      #expect(second.identity != identity)
      #expect(server.stored.keys == 4)

      // The new identity is in the spool.
      let third = try await over(other, server)
      #expect(third.identity == second.identity)
      #expect(try await third.publish("e").committed().unique == 1)
      try await third.close()
      #expect(server.stored.keys == 5)
    }
  }

  @Test func doesNotMistakeABatchOfTheOtherCopyForItsOwn() async throws {
    try await withClones { server, one, other, _ in
      // The other copy publishes sequence 3, and its process ends before the batch is sent.
      let offline = try ModelServer()
      await offline.with { $0.behave { $0.credit = Credit(batches: 0, bytes: 1 << 20) } }
      let unsent = try await over(other, offline)
      _ = try await unsent.publish("d")
      await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await unsent.close(deadline: .zero) }

      let first = try await over(one, server)
      try await first.publish("c").committed()
      try await first.close()

      // WELCOME lists 3 as settled, which is "c".
      let second = try await over(other, server)
      try await second.close()
      #expect(server.stored.keys == 4)
    }
  }

  @Test func takesANewIdentityWhenItIsStale() async throws {
    try await withClones { server, one, other, identity in
      let first = try await over(one, server)
      try await first.publish("c").committed()
      try await first.close()
      server.ledger.withLedger { $0.prune(identity.id, below: 4) }

      let notices = Notices()
      let second = try await over(other, server) { $0.onNotice = notices.collect }
      #expect(try await second.publish("d").committed().unique == 1)
      try await second.close()
      #expect(notices.kinds.contains(.identityRenewed))
      #expect(server.stored.keys == 4)
    }
  }

  @Test func isSupersededByTheNewerCopyAndLosesNothing() async throws {
    try await withClones { server, one, other, identity in
      await server.with { $0.behave { $0.holdsCommits = true } }
      let older = try await over(one, server)
      let receipt = try await older.publish("c")
      try await receipt.accepted()
      let newer = try await over(other, server)
      await #expect(throws: ProducerError(.superseded, "")) { try await receipt.committed() }
      let error = await #expect(throws: ProducerError.self) { try await older.close() }
      #expect(error?.code == .superseded)
      #expect(error?.message.contains("copy of the spool") == true)
      await server.with { $0.behave { $0.holdsCommits = false } }

      // The older producer does not supersede the newer one. It connects again under a new identity.
      let again = try await over(one, server)
      try await again.close()
      #expect(again.identity != identity)
      #expect(server.stored.keys == 3)
      #expect(try await newer.publish("d").committed().unique == 1)
      #expect(newer.identity == identity)
      try await newer.close()
      #expect(server.stored.keys == 4)
    }
  }
}
