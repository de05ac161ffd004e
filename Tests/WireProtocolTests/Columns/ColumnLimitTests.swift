import Testing
import WireProtocol

@Suite struct ColumnLimitTests {
  /// A limit, and how much of it the sample uses.
  struct Limit: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let used: Int
    let set: @Sendable (inout BatchLimits, Int) -> Void
  }

  private static let events = (0..<6 as Range<UInt8>).map {
    SampleEvent(topic: [$0 % 5], source: [$0 % 3], id: [$0], payload: [1, 2, 3])
  }

  private static let limits = [
    Limit(testDescription: "raw bytes", used: 40 + 5 * 3 + 3 * 3 + 6 * (14 + 1 + 3)) { $0.rawBytes = $1 },
    Limit(testDescription: "events", used: 6) { $0.events = $1 },
    Limit(testDescription: "topics", used: 5) { $0.dictionary = $1 },
  ]

  @Test(arguments: limits)
  func allowsABatchAtTheLimitAndNotBeyond(_ limit: Limit) throws {
    let bytes = try EventColumnsBuilder.columns(of: Self.events)
    var limits = BatchLimits.standard
    limit.set(&limits, limit.used)
    #expect(try ColumnLayout(checking: bytes.span.bytes, limits: limits).events == 6)

    limit.set(&limits, limit.used - 1)
    let error = #expect(throws: WireError.self) {
      try ColumnLayout(checking: bytes.span.bytes, limits: limits)
    }
    #expect(error?.code == .batchTooLarge)
    #expect(error?.message.contains("\(limit.used) \(limit.testDescription)") == true)
    #expect(error?.message.contains("\(limit.used - 1)") == true)
  }

  @Test func countsSourcesAsItCountsTopics() throws {
    let events = (0..<4 as Range<UInt8>).map { SampleEvent(source: [$0]) }
    let bytes = try EventColumnsBuilder.columns(of: events)
    var limits = BatchLimits.standard
    limits.dictionary = 3
    #expect(throws: WireError(.batchTooLarge, "")) {
      try ColumnLayout(checking: bytes.span.bytes, limits: limits)
    }
  }

  @Test func whatIsMalformedIsMalformedWhateverTheLimits() throws {
    var bytes = try EventColumnsBuilder.columns(of: Self.events)
    bytes[bytes.count - 4 * 6 - 3 * 6] ^= 0xFF
    var limits = BatchLimits.standard
    limits.events = 1
    #expect(throws: WireError(.malformedColumns, "")) {
      try ColumnLayout(checking: bytes.span.bytes, limits: limits)
    }
  }
}
