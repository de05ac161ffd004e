import Foundation
import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct SpooledProducerTests {
  static let syncs: [Producer.Spool.Sync] = [.everyBatch, .interval(.milliseconds(1)), .never]

  /// A server that commits nothing yet.
  private func hesitant() throws -> ModelServer {
    var manners = Manners()
    manners.holdsCommits = true
    return try ModelServer(manners)
  }

  /// A producer over `directory` whose process ends with these batches unsettled.
  private func leave(
    _ names: [String], in directory: String, _ server: ModelServer,
    sync: Producer.Spool.Sync = .never, _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer.Identity {
    let producer = try await server.producer { configuration in
      configuration.spool = Producer.Spool(directory: directory, sync: sync)
      change(&configuration)
    }
    for name in names { _ = try await producer.publish(name) }
    let error = await #expect(throws: ProducerError.self) { try await producer.close(deadline: .zero) }
    #expect(error?.message.contains("stays in the spool \(directory)") == true)
    return producer.identity
  }

  private func over(
    _ directory: String, _ server: ModelServer, _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    try await server.producer { configuration in
      configuration.spool = Producer.Spool(directory: directory)
      change(&configuration)
    }
  }

  @Test(arguments: syncs)
  func sendsWhatAnEarlierOneLeftUnderTheSameNumbers(_ sync: Producer.Spool.Sync) async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let identity = try await leave(["a", "b", "c"], in: directory, server, sync: sync)
      // What the first producer sent may arrive after its end.
      await server.waits { $0.openConnections == 0 }
      let seen = await server.with(\.published)
      await server.with { $0.behave { $0.holdsCommits = false } }

      let notices = Notices()
      let producer = try await over(directory, server) { $0.onNotice = notices.collect }
      let receipt = try await producer.publish("d")
      #expect(try await receipt.committed().unique == 1)
      try await producer.flush()
      #expect(producer.identity == identity)
      #expect(producer.statistics.recovered == 3)
      #expect(notices.kinds.contains(.spoolRecovered))
      #expect(await server.with(\.published).dropFirst(seen.count) == [1, 2, 3, 4])
      #expect(server.stored == (4, 4, 0))
      #expect(server.ledger.withLedger { $0.identities } == [identity.id])
      try await producer.close()
    }
  }

  @Test func sendsBatchesAgainThatTheServerMayHave() async throws {
    try await withDirectory { directory in
      let server = try ModelServer()
      let producer = try await over(directory, server)
      // The first is committed without an answer, and the second is not sent.
      await server.with { state in
        state.behave { manners in
          manners.cutsAfter = 1
          manners.refusal = WireError(.storeUnavailable, "away")
        }
      }
      for name in ["a", "b"] { _ = try await producer.publish(name) }
      await server.waits { $0.published == [1] }
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await producer.close(deadline: .zero)
      }
      await server.with { state in
        state.behave { manners in
          manners.cutsAfter = nil
          manners.refusal = nil
        }
      }

      let next = try await over(directory, server)
      try await next.close()
      #expect(next.statistics.recovered == 2)
      #expect(next.identity == producer.identity)
      #expect(await server.with(\.published) == [1, 1, 2])
      #expect(server.stored == (2, 2, 0))
    }
  }

  @Test func continuesItsSequencesWhenNothingIsUnsettled() async throws {
    try await withDirectory { directory in
      let server = try ModelServer()
      for name in ["a", "b", "c"] {
        let producer = try await over(directory, server)
        #expect(try await producer.publish(name).committed().unique == 1)
        try await producer.close()
      }
      #expect(await server.with(\.published) == [1, 2, 3])
      #expect(await server.with(\.helloBases) == [1, 2, 3])
      #expect(server.ledger.withLedger { $0.producerCount } == 1)
      #expect(try spoolFiles(directory).count == 1)
    }
  }

  @Test func isInTheSpoolBeforeItIsSent() async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let producer = try await over(directory, server)
      for number in 1...20 {
        let receipt = try await producer.publish("batch\(number)")
        try await receipt.kept()
        let files = try spoolFiles(directory).values.map { SpoolSegment($0.span.bytes).records.count }
        #expect(files.reduce(0, +) >= number)
      }
      await server.with { $0.behave { $0.holdsCommits = false } }
      try await producer.close()
    }
  }

  @Test func spoolsSingleEvents() async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let producer = try await over(directory, server)
      let receipt = try await producer.publish(Event(topic: "t", id: "1", source: "s"))
      try await receipt.kept()
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await producer.close(deadline: .zero)
      }
      await server.with { $0.behave { $0.holdsCommits = false } }
      try await over(directory, server).close()
      #expect(server.stored.keys == 1)
    }
  }

  @Test func unlocksTheDirectoryWhenItIsClosed() async throws {
    try await withDirectory { directory in
      let server = try ModelServer()
      let first = try await over(directory, server)
      await #expect(throws: ProducerError(.spoolInUse, "")) { try await over(directory, server) }
      try await first.close()
      try await over(directory, server).close()
    }
  }

  @Test func unlocksTheDirectoryWhenItCannotConnect() async throws {
    try await withDirectory { directory in
      let server = try ModelServer()
      await server.with { $0.behave { $0.refusal = WireError(.authenticationFailed, "no") } }
      await #expect(throws: ProducerError(.notAuthorized, "")) { try await over(directory, server) }
      await server.with { $0.behave { $0.refusal = nil } }
      try await over(directory, server).close()
    }
  }

  @Test func failsWhenTheSpoolCannotBeWritten() async throws {
    try await withDirectory { directory in
      let server = try ModelServer()
      let producer = try await server.producer { configuration in
        configuration.spool = Producer.Spool(directory: directory, bytes: 1 << 20)
        configuration.compresses = false
      }
      // The next file cannot be made.
      try FileManager.default.removeItem(atPath: directory)
      let error = await #expect(throws: ProducerError.self) {
        for number in 0..<2_000 { _ = try await producer.publish("batch\(number)", events: 100) }
      }
      #expect(error?.code == .spoolFailed)
      #expect(error?.message.contains(directory) == true)
      await #expect(throws: ProducerError(.spoolFailed, "")) { try await producer.close() }
    }
  }

  @Test func isBoundedOnDisk() async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let producer = try await server.producer { configuration in
        configuration.spool = Producer.Spool(directory: directory, bytes: 1 << 20)
        configuration.compresses = false
        configuration.whenFull = .fail
      }
      await #expect(throws: ProducerError(.outboxFull, "")) {
        for number in 0..<1_000 { _ = try await producer.publish("batch\(number)", events: 100) }
      }
      let bytes = try spoolFiles(directory).values.reduce(0) { $0 + $1.count }
      #expect(bytes <= 1 << 20)
      #expect(bytes > 1 << 19)
      await server.with { $0.behave { $0.holdsCommits = false } }
      try await producer.flush()
      for number in 0..<50 { try await producer.publish("more\(number)", events: 100).committed() }
      try await producer.close()
      #expect(try spoolFiles(directory).values.reduce(0) { $0 + $1.count } < 1 << 18)
    }
  }

  @Test(arguments: [1, 3]) func sendsUndamagedBatchesUnderANewIdentity(_ number: UInt64) async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let identity = try await leave(["a", "b", "c"], in: directory, server, sync: .everyBatch)
      let (name, whole) = try #require(try spoolFiles(directory).first)
      let records = SpoolSegment(whole.span.bytes).records
      let place = records.prefix {
        if case .batch(let batch) = $0 { batch.number.sequence < number } else { true }
      }
      .reduce(SpoolSegment.preamble.count) { $0 + $1.byteCount }
      var damaged = whole
      damaged[place + 50] ^= 1
      try Data(damaged).write(to: URL(filePath: "\(directory)/\(name)"))

      // Another server, because batches of the first producer may still arrive at its server.
      let other = try ModelServer(Manners())
      let notices = Notices()
      let producer = try await over(directory, other) { $0.onNotice = notices.collect }
      try await producer.close()
      let notice = try #require(await notices.first(.spoolDamaged))
      let copies = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
        $0.hasSuffix(".damaged")
      }
      #expect(copies.count == 1)
      #expect(notice.message.contains("\(directory)/\(copies.first ?? "")"))
      #expect(notices.kinds.contains(.identityRenewed))
      #expect(producer.identity != identity)
      #expect(other.stored.keys == 2)
    }
  }
}
