import Foundation
import ModelServer
import Testing

@testable import ClientLib

@Suite(.timeLimit(.minutes(2))) struct OrphanedSpoolTests {
  /// Leaves batches in a spool, as a process that ended.
  private func leave(_ names: [String], in directory: String, _ server: ModelServer) async throws {
    let producer = try await server.producer { $0.spool = Producer.Spool(directory: directory) }
    for name in names { _ = try await producer.publish(name) }
    // Throws unless there is nothing to leave.
    try? await producer.close(deadline: .zero)
  }

  private func outcomes(_ adoptions: [Producer.Spool.Adoption]) -> [String] {
    adoptions.map { adoption in
      let name = adoption.directory.split(separator: "/").last ?? ""
      switch adoption.outcome {
      case .settled(let batches): return "\(name) settled \(batches)"
      case .inUse: return "\(name) in use"
      case .failed(let error): return "\(name) \(error.code)"
      }
    }
  }

  @Test func sendsWhatDeadNeighboursLeftAndLeavesTheLivingAlone() async throws {
    try await withDirectory { directory in
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      try await leave(["a", "b"], in: "\(directory)/1", server)
      try await leave([], in: "\(directory)/2", server)
      try await leave(["c"], in: "\(directory)/4", server)
      let living = try await server.producer { $0.spool = Producer.Spool(directory: "\(directory)/3") }
      try FileManager.default.createDirectory(
        atPath: "\(directory)/other", withIntermediateDirectories: false)
      await server.with { $0.behave { $0.holdsCommits = false } }

      let adoptions = try await Producer.Spool.adoptOrphans(
        in: directory, to: [server.endpoint], configuration: .quick(), logger: silent)
      #expect(outcomes(adoptions) == ["1 settled 2", "2 settled 0", "3 in use", "4 settled 1"])
      #expect(server.stored == (3, 3, 0))
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/other").isEmpty)
      try await living.publish("d").committed()
      try await living.close()

      let again = try await Producer.Spool.adoptOrphans(
        in: directory, to: [server.endpoint], configuration: .quick(), logger: silent)
      #expect(outcomes(again) == ["1 settled 0", "2 settled 0", "3 settled 0", "4 settled 0"])
    }
  }

  @Test func keepsWhatCannotBeSent() async throws {
    try await withDirectory { directory in
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      try await leave(["a"], in: "\(directory)/1", server)
      let adoptions = try await Producer.Spool.adoptOrphans(
        in: directory, to: [server.endpoint], configuration: .quick(), deadline: .milliseconds(10),
        logger: silent)
      #expect(["1 UNSETTLED_AT_CLOSE", "1 UNREACHABLE"].contains(outcomes(adoptions).joined()))
      await server.with { $0.behave { $0.holdsCommits = false } }
      let again = try await Producer.Spool.adoptOrphans(
        in: directory, to: [server.endpoint], configuration: .quick(), logger: silent)
      #expect(outcomes(again) == ["1 settled 1"])
    }
  }

  @Test func saysThatTheDirectoryCannotBeListed() async {
    let error = await #expect(throws: ProducerError.self) {
      try await Producer.Spool.adoptOrphans(
        in: "/nowhere/at/all", to: [Endpoint(host: "127.0.0.1", port: 1)], logger: silent)
    }
    #expect(error?.code == .spoolFailed)
    #expect(error?.message.contains("/nowhere/at/all") == true)
  }
}
