import Foundation
import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

/// A spool whose disk has no space left.
@Suite(.timeLimit(.minutes(2))) struct FullDiskSpoolTests {
  private func hesitant() throws -> ModelServer {
    var manners = Manners()
    manners.holdsCommits = true
    return try ModelServer(manners)
  }

  private func over(
    _ directory: String, _ disk: SmallDisk?, _ server: ModelServer,
    _ change: (inout Producer.Configuration) -> Void = { _ in }
  ) async throws -> Producer {
    try await server.producer { configuration in
      configuration.spool = Producer.Spool(directory: directory, bytes: 1 << 20)
      configuration.spoolWatch = disk?.watch
      configuration.compresses = false
      change(&configuration)
    }
  }

  private func release(_ server: ModelServer) async {
    await server.with { $0.behave { $0.holdsCommits = false } }
  }

  private func bytes(_ directory: String) throws -> Int {
    try spoolFiles(directory).values.reduce(0) { $0 + $1.count }
  }

  @Test func waitsUntilABatchIsSettledWhenConfigured() async throws {
    try await withDirectory { directory in
      let (server, disk, notices) = (try hesitant(), SmallDisk(blocks: 40), Notices())
      let producer = try await over(directory, disk, server) { $0.onNotice = notices.collect }
      let publishing = Task {
        for number in 0..<60 { _ = try await producer.publish("batch\(number)", events: 100) }
      }
      _ = await notices.first(.spoolFull)
      await release(server)
      try await publishing.value
      try await producer.close()
      #expect(server.stored.keys == 6_000)
      #expect(notices.kinds.contains(.spoolHasSpace))
      #expect(!notices.kinds.contains(.identityRenewed))
    }
  }

  @Test func failsWhenConfiguredAndContinuesWithSpace() async throws {
    try await withDirectory { directory in
      let (server, disk, notices) = (try hesitant(), SmallDisk(blocks: 40), Notices())
      let producer = try await over(directory, disk, server) { configuration in
        configuration.whenFull = .fail
        configuration.onNotice = notices.collect
      }
      var taken = 0
      let error = await #expect(throws: ProducerError.self) {
        while taken < 200 {
          _ = try await producer.publish("batch\(taken)", events: 100)
          taken += 1
        }
      }
      #expect(error?.code == .outboxFull)
      #expect(error?.message.contains("disk") == true)
      await release(server)
      try await producer.flush()
      #expect(server.stored.keys == 100 * taken)
      _ = await notices.first(.spoolHasSpace)
      #expect(try await producer.publish("more", events: 100).committed().unique == 100)
      try await producer.close()
    }
  }

  @Test func dropsTheOldestWhenConfigured() async throws {
    try await withDirectory { directory in
      let (server, disk) = (try hesitant(), SmallDisk(blocks: 40))
      let producer = try await over(directory, disk, server) { $0.whenFull = .dropOldest }
      for number in 0..<100 { _ = try await producer.publish("batch\(number)", events: 100) }
      #expect(producer.statistics.dropped > 0)
      await release(server)
      try await producer.close()
    }
  }

  @Test func isEmptiedByTheNextProducerOnAFullDisk() async throws {
    try await withDirectory { directory in
      let server = try hesitant()
      let first = try await over(directory, nil, server)
      for number in 0..<30 { _ = try await first.publish("batch\(number)", events: 100) }
      await #expect(throws: ProducerError(.unsettledAtClose, "")) { try await first.close(deadline: .zero) }
      let (before, identity) = (try bytes(directory), first.identity)

      await release(server)
      let (disk, notices) = (SmallDisk(blocks: 0), Notices())
      for name in try spoolFiles(directory).keys { disk.has("\(directory)/\(name)") }
      let second = try await over(directory, disk, server) { $0.onNotice = notices.collect }
      _ = await notices.first(.spoolFull)
      try await second.flush()
      #expect(second.identity == identity)
      #expect(server.stored.keys == 3_000)
      // The freed space is enough for another batch.
      #expect(try await second.publish("more", events: 100).committed().unique == 100)
      try await second.close()
      #expect(try bytes(directory) < before / 4)
    }
  }
}
