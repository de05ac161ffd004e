import Foundation
import ModelServer
import Testing

@testable import Publisher

/// The command as a process that is killed while it publishes.
@Suite(.timeLimit(.minutes(3))) struct KilledPublisherTests {
  /// `sluice-publish`, built beside the tests, with its messages in `messages`.
  private func command(_ arguments: [String], input: Any?, messages: FileHandle) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "sluice-publish")
    process.arguments = arguments + ["--json", "--wait", "60s"]
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    return process
  }

  private func line(_ number: Int) -> String {
    #"{"topic":"t","event_id":"\#(number)","timestamp":"2026-01-02T03:04:05Z","source":"s"}"# + "\n"
  }

  @Test func printsItsUsageWithoutArgumentsAndSendsNothing() async throws {
    try await withDirectory { directory in
      let said = "\(directory)/said"
      try Data().write(to: URL(filePath: said))
      let process = try command(
        [], input: FileHandle.nullDevice, messages: FileHandle(forWritingTo: URL(filePath: said)))
      process.arguments = []
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == PublishExitStatus.usage.rawValue)
      let text = try String(contentsOfFile: said, encoding: .utf8)
      #expect(text.contains("--input FILE") && text.contains("USAGE"))
    }
  }

  /// Each process gets lines and is killed when the server has received some more batches. The batches that
  /// it published are in the spool; the last process sends them.
  @Test(arguments: ["batch", "never"]) func losesNothingThatItsSpoolHas(_ sync: String) async throws {
    try await withDirectory { directory in
      var manners = Manners()
      manners.notesKeys = true
      let server = try ModelServer(manners)
      let arguments = [
        "--port", "\(server.port)", "--spool", "\(directory)/spool", "--spool-sync", sync, "--batch", "5",
        "--input", "-",
      ]
      let said = "\(directory)/said"
      try Data().write(to: URL(filePath: said))
      let messages = try #require(FileHandle(forWritingAtPath: said))
      var generator = SystemRandomNumberGenerator()
      var published = 0
      for _ in 0..<6 {
        await server.with { state in state.behave { $0.holdsCommits = false } }
        let pipe = Pipe()
        let process = try command(arguments, input: pipe, messages: messages)
        try process.run()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let seen = await server.with { $0.published.count }
        let text = (published..<published + 500).map(line).joined()
        published += 500
        try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        let (some, more) = (
          Int.random(in: 1...40, using: &generator), Int.random(in: 1...20, using: &generator)
        )
        await server.waits { $0.published.count >= seen + some }
        // From here on the server has batches in memory only, and loses them with the connection.
        await server.with { state in state.behave { $0.holdsCommits = true } }
        await server.waits { $0.published.count >= seen + some + more }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try pipe.fileHandleForWriting.close()
        // Batches that arrive late must count for this process. Otherwise the next process is killed before
        // it sends anything, and a producer reconnects for only one HELLO that arrives late.
        await server.waits { $0.openConnections == 0 }
      }
      await server.with { $0.behave { $0.holdsCommits = false } }
      // Every batch was in the spool before it was sent, so none may be missing now.
      let sent = await server.with(\.arrivedKeys)
      let last = try command(arguments, input: FileHandle.nullDevice, messages: messages)
      try last.run()
      last.waitUntilExit()
      #expect(last.terminationStatus == 0)
      let (keys, received, producers) = server.ledger.withLedger { ($0.keys, $0.received, $0.producerCount) }
      let missing = sent.subtracting(keys).count
      #expect(missing == 0)
      let reasons = try String(contentsOfFile: said, encoding: .utf8)
      #expect(producers == 1, "\(reasons)")
      #expect(received == keys.count)
    }
  }
}
