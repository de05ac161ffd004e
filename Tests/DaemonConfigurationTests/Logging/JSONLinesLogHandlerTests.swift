import Foundation
import Logging
import Testing

@testable import DaemonConfiguration

struct JSONLinesLogHandlerTests {
  /// The lines that `body` logs, parsed by Foundation.
  private func lines(_ body: (inout Logger) -> Void) throws -> [[String: Any]] {
    let pipe = Pipe()
    let output = LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    var logger = Logger(label: "sluice.test") { JSONLinesLogHandler(label: $0, output: output) }
    body(&logger)
    try pipe.fileHandleForWriting.close()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    return try data.split(separator: UInt8(ascii: "\n")).map { line in
      try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
    }
  }

  @Test func writesOneObjectALine() throws {
    let lines = try lines { logger in
      logger.info("started")
      logger.error("stopped")
    }
    #expect(lines.compactMap { $0["message"] as? String } == ["started", "stopped"])
    #expect(lines.compactMap { $0["level"] as? String } == ["info", "error"])
    #expect(lines.allSatisfy { $0["logger"] as? String == "sluice.test" })
  }

  @Test func writesTheTimeInISO8601() throws {
    let line = try #require(lines { $0.info("now") }.first)
    let time = try #require(line["time"] as? String)
    #expect(throws: Never.self) {
      try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
  }

  @Test(arguments: ["\"quoted\"", "back\\slash", "two\nlines\r\t", "\u{0}\u{1F}", "naïve ☕️ 𝄞", "\u{2028}"])
  func escapesWhatWouldBreakALine(_ text: String) throws {
    let lines = try lines { $0.info("\(text)", metadata: ["key": "\(text)"]) }
    #expect(lines.count == 1)
    #expect(lines.first?["message"] as? String == text)
    #expect((lines.first?["metadata"] as? [String: Any])?["key"] as? String == text)
  }

  @Test func nestsMetadataAndPrefersTheEventsOwn() throws {
    let line = try #require(
      lines { logger in
        logger[metadataKey: "conn.id"] = "1"
        logger[metadataKey: "batch.seq"] = "2"
        logger.info("x", metadata: ["batch.seq": "3", "list": ["a", ["b": "c"]]])
      }.first)
    let metadata = try #require(line["metadata"] as? NSDictionary)
    #expect(metadata == ["conn.id": "1", "batch.seq": "3", "list": ["a", ["b": "c"]]] as NSDictionary)
  }

  @Test func leavesOutEmptyMetadata() throws {
    #expect(try lines { $0.info("x") }.first?["metadata"] == nil)
  }

  @Test func skipsWhatLiesBelowTheLevel() throws {
    let lines = try lines { logger in
      logger.logLevel = .warning
      logger.info("hidden")
      logger.warning("shown")
    }
    #expect(lines.compactMap { $0["message"] as? String } == ["shown"])
  }

  @Test func namesTheError() throws {
    struct Broken: Error, CustomStringConvertible { let description = "it broke" }
    let line = try #require(lines { $0.error("failed", error: Broken()) }.first)
    #expect(line["error"] as? String == "it broke")
  }
}
