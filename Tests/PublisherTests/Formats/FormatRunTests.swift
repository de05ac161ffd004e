import ArgumentParser
import Foundation
import ModelServer
import Testing

@testable import Publisher

/// Files of other formats on their way to a server.
@Suite(.timeLimit(.minutes(2))) struct FormatRunTests {
  private func run(_ content: String, _ server: ModelServer, _ arguments: [String]) async throws -> Lines {
    let errors = Lines()
    try await withFile(content) { path in
      let command = try SluicePublish.parse(
        ["--port", "\(server.port)", "--wait", "60s", "--input", path] + arguments)
      // The exit status is tested elsewhere.
      try? await command.run(on: Console(isTerminal: false, output: { _ in }, error: errors.add))
    }
    return errors
  }

  private func keys(_ server: ModelServer) -> Set<String> {
    Set(
      server.ledger.withLedger(\.keys).map { key in
        String(decoding: key.map { $0 == 0 ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
      })
  }

  @Test func mapsTheColumnsOfCSV() async throws {
    let server = try ModelServer()
    let errors = try await run(
      "when,number,what\n2026-01-02T03:04:05Z,1,\"a\nb\"\n1767323045,2,c\n", server,
      ["--format", "csv", "--topic", "t", "--map", "_time_field=when&_id_field=number"])
    #expect(errors.all == [])
    #expect(keys(server) == ["t/1", "t/2"])
  }

  @Test(arguments: ["skip", "dead"]) func aBadHeaderEndsTheRun(_ action: String) async throws {
    let server = try ModelServer()
    let errors = try await run(
      "a,a\n1,2\n", server, ["--format", "csv", "--topic", "t", "--on-error", action])
    #expect(errors.all.first == "line 1: two columns of the header have the same name\n")
    #expect(
      errors.all.last
        == "sluice-publish: line 1 is not an event: two columns of the header have the same name\n")
    #expect(keys(server) == [])
  }

  /// A file that is published again is stored once, and equal lines of it are different events.
  @Test func givesLinesWithoutAnIDTheirContentIdentity() async throws {
    let server = try ModelServer()
    for _ in 0..<2 {
      let errors = try await run("same\nother\nsame\n", server, ["--format", "raw", "--topic", "t"])
      #expect(errors.all == [])
    }
    #expect(keys(server).count == 3)
    #expect(keys(server).allSatisfy { $0.hasPrefix("t/c-") })
    #expect(server.ledger.withLedger(\.received) == 6)
  }

  @Test func keepsRefusedLines() async throws {
    let server = try ModelServer()
    try await withDirectory { directory in
      let rejects = "\(directory)/rejects"
      for _ in 0..<2 {
        let errors = try await run("{\"a\":1}\nnonsense\n", server, ["--topic", "t", "--rejects", rejects])
        #expect(errors.all.first == "line 2: expected a JSON value at byte 1\n")
      }
      #expect(try String(contentsOfFile: rejects, encoding: .utf8) == "nonsense\nnonsense\n")
    }
    #expect(keys(server).count == 1)
  }

  /// A record above the limit is told, and the records after it are read.
  @Test(arguments: ["skip", "dead"])
  func aRecordAboveTheLimitEndsAsARefusedOne(_ action: String) async throws {
    let long = String(repeating: "x", count: LineSplitter.longestLine)
    let inputs = [
      ("csv", "a,b\n1,\"\(long)\n\"\"\n,\"\n2,c\n"), ("json", "[{\"a\":\"\(long)}{\\\"\"},{\"a\":2}]"),
    ]
    for (format, content) in inputs {
      let server = try ModelServer()
      let errors = try await run(
        content, server, ["--format", format, "--topic", "t", "--on-error", action])
      let number = format == "csv" ? 2 : 1
      let text = "line \(number): longer than \(LineSplitter.longestLine) bytes\n"
      #expect(errors.all.contains(text) == (action == "skip"))
      #expect(keys(server).count == (action == "skip" ? 1 : 2), "\(format): \(errors.all)")
    }
  }

  @Test func theFileOfRefusedLinesHasTheBeginningOfALongOne() async throws {
    let server = try ModelServer()
    try await withDirectory { directory in
      let rejects = "\(directory)/rejects"
      let line = String(repeating: "x", count: LineSplitter.longestLine + 1)
      let arguments = ["--topic", "t", "--format", "raw", "--rejects", rejects]
      _ = try await run("\(line)\nshort\n", server, arguments)
      let text = try String(contentsOfFile: rejects, encoding: .utf8)
      #expect(text.hasPrefix("xxx") && text.utf8.count < 20_000)
      #expect(text.hasSuffix("... (line 1 is cut: longer than \(LineSplitter.longestLine) bytes)\n"))
    }
    #expect(keys(server).count == 1)
  }

  @Test func makesRefusedLinesDeadEvents() async throws {
    let server = try ModelServer()
    let errors = try await run("nonsense\n{\"a\":1}\n", server, ["--topic", "t", "--on-error", "dead"])
    #expect(errors.all == [])
    #expect(keys(server).count == 2)
  }

  @Test(arguments: [
    (["--input", "-", "--format", "csv"], "topic"), (["--input", "-", "--map", "x"], "NAME=VALUE"),
    (["--input", "-", "--map", "_tim_field=x"], "_time_field"),
    (["--format", "raw", "--topic", "t"], "--input"),
    (["--input", "-", "--topic", "t", "--map", "topic=u"], "more than once"),
    (["--input", "-", "--rejects", "r", "--on-error", "dead"], "--rejects"),
    (["--input", "-", "--strict", "--on-error", "dead"], "--strict"),
    (["--input", "no-file", "--rejects", "./no-file"], "--rejects"),
    (["--follow", "no-*", "--state", "s", "--rejects", "no-file"], "--rejects"),
    (["--follow", "/tmp/../tmp/no-[f]ile", "--state", "s", "--rejects", "/tmp/no-file"], "--rejects"),
    (["--follow", "x", "--state", "s", "--format", "csv", "--topic", "t"], "--follow"),
  ]) func refusesWhatDoesNotGoTogether(_ arguments: [String], _ named: String) {
    do {
      _ = try SluicePublish.parse(arguments)
      Issue.record("\(arguments) is taken")
    } catch {
      #expect(SluicePublish.exitCode(for: error).rawValue == PublishExitStatus.usage.rawValue)
      #expect(SluicePublish.fullMessage(for: error).contains(named))
    }
  }
}
