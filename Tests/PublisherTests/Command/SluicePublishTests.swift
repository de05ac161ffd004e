import ArgumentParser
import Foundation
import ModelServer
import Testing

@testable import Publisher

/// The whole command, from arguments to exit status, against a server on real sockets.
@Suite(.timeLimit(.minutes(2))) struct SluicePublishTests {
  private struct Outcome {
    var status: Int32 = 0
    var output: [String] = []
    var errors: [String] = []
  }

  private func run(_ arguments: [String], isTerminal: Bool = false) async throws -> Outcome {
    let (output, errors) = (Lines(), Lines())
    let console = Console(isTerminal: isTerminal, output: output.add, error: errors.add)
    var outcome = Outcome()
    do {
      try await SluicePublish.parse(arguments + ["--wait", "60s"]).run(on: console)
    } catch let code as ExitCode {
      outcome.status = code.rawValue
    }
    outcome.output = output.all
    outcome.errors = errors.all
    return outcome
  }

  @Test func failsWhenTheResultCannotBeWritten() async throws {
    let server = try ModelServer()
    let errors = Lines()
    let console = Console(
      isTerminal: false,
      output: { _ throws(RunFailure) in throw RunFailure(.incomplete, "cannot write the result: full") },
      error: errors.add)
    let command = try SluicePublish.parse(load(server, "--json", "--wait", "60s"))
    let code = await #expect(throws: ExitCode.self) { try await command.run(on: console) }
    #expect(code?.rawValue == PublishExitStatus.incomplete.rawValue)
    #expect(errors.all == ["sluice-publish: cannot write the result: full\n"])
  }

  @Test func namesTheUnreachablePageOfVerifyAndSendsNothing() async throws {
    let server = try ModelServer()
    let gone = try ModelServer()
    let port = gone.port
    await gone.close()
    let outcome = try await run(load(server, "--verify", "http://127.0.0.1:\(port)"))
    #expect(outcome.status == PublishExitStatus.unreachable.rawValue)
    #expect(outcome.errors.count == 1)
    #expect(
      outcome.errors.first?.hasPrefix(
        "sluice-publish: cannot verify with http://127.0.0.1:\(port)/stats?fresh=1: ") == true)
    #expect(outcome.errors.first?.contains("Error Domain") == false)
    #expect(server.ledger.withLedger { $0.received } == 0)
  }

  @Test func skipsAByteOrderMark() async throws {
    let server = try ModelServer()
    let line = #"{"topic":"t","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"s"}"#
    let outcome = try await withFile("\u{FEFF}\(line)\n") { path in
      try await run(["--port", "\(server.port)", "--input", path])
    }
    #expect(outcome.status == PublishExitStatus.done.rawValue)
    #expect(outcome.errors.isEmpty)
    #expect(server.ledger.withLedger { $0.keys.count } == 1)
  }

  private func load(_ server: ModelServer, _ more: String...) -> [String] {
    ["--port", "\(server.port)", "--events", "2000", "--batch", "100"] + more
  }

  @Test func reportsOnTheStandardOutputOnly() async throws {
    let server = try ModelServer()
    let outcome = try await run(load(server))
    #expect(outcome.status == PublishExitStatus.done.rawValue)
    #expect(outcome.output.count == 1)
    #expect(outcome.output.first?.contains("2,000: 1,300 unique, 700 duplicate, 0 dead") == true)
    #expect(outcome.errors.isEmpty)
  }

  @Test func printsOneJSONObject() async throws {
    let server = try ModelServer()
    let outcome = try await run(load(server, "--json", "--seed", "5", "--ack", "accepted"))
    let text = try #require(outcome.output.first)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["events_sent"] as? Int == 2_000)
    #expect(object["unique_expected"] as? Int == 1_300)
    #expect(object["committed"] as? Int == 2_000)
    #expect(object["conflicts"] is NSNull)
  }

  @Test func writesDistributionsIntoTheGivenDirectory() async throws {
    let server = try ModelServer()
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let outcome = try await run(load(server, "--percentiles", directory.path))
    #expect(outcome.status == PublishExitStatus.done.rawValue)
    for name in ["accepted.hgrm", "committed.hgrm"] {
      let text = try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
      #expect(text.contains("Total count    =           20]"), "\(name): \(text)")
    }
  }

  @Test func failsWhenDistributionsCannotBeWritten() async throws {
    let server = try ModelServer()
    let outcome = try await run(load(server, "--percentiles", "/dev/null/nowhere"))
    #expect(outcome.status == PublishExitStatus.incomplete.rawValue)
    #expect(outcome.errors.first?.contains("cannot write /dev/null/nowhere/accepted.hgrm") == true)
  }

  @Test func showsProgressOnATerminalOnly() async throws {
    let server = try ModelServer()
    let outcome = try await run(load(server), isTerminal: true)
    #expect(outcome.errors.first?.hasPrefix("\r[") == true)
    #expect(outcome.errors.last == "\n")
    #expect(outcome.errors.contains { $0.contains("] 100%") })
  }

  @Test func verifiesItsOwnPart() async throws {
    let server = try ModelServer()
    let stats = try StatsServer(server.ledger)
    for _ in 0..<2 {
      let outcome = try await run(load(server, "--verify", stats.url, "--connections", "2"))
      #expect(outcome.status == PublishExitStatus.done.rawValue)
      #expect(outcome.output.first?.contains("the server counted the same") == true)
    }
  }

  @Test func failsWithOneLineWhenTheServersCountsDiffer() async throws {
    let server = try ModelServer()
    let stats = try StatsServer(server.ledger, excess: 1)
    let outcome = try await run(load(server, "--verify", stats.url))
    #expect(outcome.status == PublishExitStatus.differs.rawValue)
    #expect(outcome.errors.count == 1)
    #expect(
      outcome.errors.first?.contains("the server counted 2001 received events, this run was told 2000")
        == true)
  }

  @Test(arguments: [false, true]) func reportsBadLinesWithItsExitStatus(strict: Bool) async throws {
    let server = try ModelServer()
    let line = #"{"topic":"t","event_id":"1","timestamp":"2026-01-02T03:04:05Z","source":"s"}"#
    let outcome = try await withFile("nonsense\n\(line)\n") { path in
      try await run(["--port", "\(server.port)", "--input", path] + (strict ? ["--strict"] : []))
    }
    #expect(outcome.status == PublishExitStatus.input.rawValue)
    #expect(outcome.errors.first == "line 1: expected an object at byte 1\n")
    #expect(server.ledger.withLedger { $0.keys.count } == (strict ? 0 : 1))
  }

  @Test func generatesEventsOfNowBelowDemo() async throws {
    let server = try ModelServer()
    let command = try Generate.parse(["--port", "\(server.port)", "--events", "3000", "--wait", "60s"])
    try await command.run(on: Console(isTerminal: false, output: { _ in }, error: { _ in }))
    let (keys, received) = server.ledger.withLedger { ($0.keys, $0.received) }
    #expect(received == 3_000)
    #expect(keys.count == 1_950)
    #expect(keys.allSatisfy { $0.starts(with: "demo.".utf8) })
  }

  @Test func saysThatThereIsNothingToPublish() async throws {
    let outcome = try await run(["--port", "1"])
    #expect(outcome.status == PublishExitStatus.usage.rawValue)
    #expect(outcome.errors.first?.hasPrefix("sluice-publish: nothing to publish; use --input FILE") == true)
  }

  @Test func saysThatNoServerIsThere() async throws {
    let server = try ModelServer()
    let port = server.port
    await server.close()
    let command = try Generate.parse(["--port", "\(port)", "--wait", "20ms"])
    let errors = Lines()
    let code = await #expect(throws: ExitCode.self) {
      try await command.run(on: Console(isTerminal: false, output: { _ in }, error: errors.add))
    }
    #expect(code?.rawValue == PublishExitStatus.unreachable.rawValue)
    #expect(errors.all.count == 1)
    #expect(errors.all.first?.contains("127.0.0.1:\(port)") == true)
  }
}
