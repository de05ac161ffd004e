import ClientLib
import CompressedSamples
import Logging
import ModelServer
import Testing

@testable import Publisher

@Suite(.timeLimit(.minutes(2))) struct LinePublisherTests {
  private static func line(_ number: Int) -> String {
    #"{"topic":"a.b","event_id":"\#(number)","timestamp":"2026-01-02T03:04:05Z","#
      + #""source":"s\#(number % 3)","payload":{"n":\#(number)}}"#
  }

  private func publish(
    _ content: String, _ server: ModelServer, strict: Bool = false, connections: Int = 1,
    lines: Lines = Lines()
  ) async throws -> Run.Result {
    try await publish(Array(content.utf8), server, strict: strict, connections: connections, lines: lines)
  }

  private func publish(
    _ content: [UInt8], _ server: ModelServer, strict: Bool = false, connections: Int = 1,
    lines: Lines = Lines()
  ) async throws -> Run.Result {
    try await withFile(content) { path in
      var plan = RunPlan.sample(.lines(path: path), [server], connections: connections, batch: 10)
      if strict { plan.badLines.action = .stop }
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let run = Run(plan: plan, logger: logger, stop: InterruptSignal(), tell: lines.add)
      let producers = try await run.connect()
      return await run.publish(
        over: producers, partitioner: WorkPartitioner(count: 0, batch: 1), record: RunRecord())
    }
  }

  @Test(arguments: [1, 3]) func publishesEveryLine(connections: Int) async throws {
    let server = try ModelServer()
    let content = (0..<105).map(Self.line).joined(separator: "\n")
    let result = try await publish(content, server, connections: connections)
    #expect(result.failure == nil)
    #expect(result.totals.sent == 105)
    #expect(result.totals.batches == 11)
    #expect(result.totals.unique == 105)
    #expect(result.badLines == 0)
    #expect(result.uniqueExpected == nil)
  }

  @Test func publishesTheLinesOfACompressedFile() async throws {
    let server = try ModelServer()
    let content = Array((0..<105).map(Self.line).joined(separator: "\n").utf8)
    for bytes in [CompressedSamples.gzip(content), CompressedSamples.zstd(content)] {
      let result = try await publish(bytes, server)
      #expect(result.failure == nil && result.totals.sent == 105 && result.badLines == 0)
    }
    #expect(server.ledger.withLedger { $0.keys.count } == 105)
  }

  @Test func publishesTheLinesBeforeTheEndOfACutFile() async throws {
    let server = try ModelServer()
    let content = Array((0..<25).map { Self.line($0) + "\n" }.joined().utf8)
    let result = try await publish(Array(CompressedSamples.gzip(content).dropLast(4)), server)
    #expect(result.failure?.status == .input)
    #expect(result.failure?.description.contains("gzip: the data ends early") == true)
    #expect(result.totals.committed == 25)
  }

  @Test func reportsBadLinesByNumberAndSendsTheOthers() async throws {
    let server = try ModelServer()
    let lines = Lines()
    let content = [Self.line(1), "nonsense", "", Self.line(1), #"{"topic":"t"}"#, Self.line(2)].joined(
      separator: "\n")
    let result = try await publish(content, server, lines: lines)
    #expect(
      lines.all == ["line 2: expected an object at byte 1", #"line 5: "event_id" is missing"#])
    #expect(result.badLines == 2)
    #expect(result.totals.unique == 2)
    #expect(result.totals.duplicates == 1)
    #expect(result.failure == nil)
  }

  @Test func stopsAtTheFirstBadLineWhenItIsStrict() async throws {
    let server = try ModelServer()
    let content = [Self.line(1), "nonsense", Self.line(2)].joined(separator: "\n")
    let result = try await publish(content, server, strict: true)
    #expect(result.failure?.status == .input)
    #expect(result.failure?.description.contains("line 2") == true)
    #expect(result.badLines == 1)
    #expect(result.totals.committed == 1)
  }

  @Test func unescapesNamesOnTheirWay() async throws {
    let server = try ModelServer()
    let line =
      #"{"topic":"a\u00e4","event_id":"\ud83d\ude00","timestamp":"2026-01-02T03:04:05Z","source":"s"}"#
    _ = try await publish(line, server)
    #expect(server.ledger.withLedger { $0.keys } == [Array("aä".utf8) + [0] + Array("😀".utf8)])
  }

  @Test func saysWhichFileIsMissing() async throws {
    let server = try ModelServer()
    let plan = RunPlan.sample(.lines(path: "/nowhere/at/all"), [server])
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let run = Run(plan: plan, logger: logger, stop: InterruptSignal(), tell: { _ in })
    let result = await run.publish(
      over: try await run.connect(), partitioner: WorkPartitioner(count: 0, batch: 1), record: RunRecord())
    #expect(result.failure?.status == .input)
    #expect(result.failure?.description.contains("/nowhere/at/all") == true)
  }
}
