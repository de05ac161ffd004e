import Ingest
import Testing
import TextFormats
import WireProtocol

@testable import HTTPAdmin

struct InsertCollectorTests {
  /// A payload that a reader knows to be plain is checked, too, when the limits are lower than those of plain texts.
  @Test(arguments: [(128, 300, true), (4, 20, true), (2, 20, false), (4, 1, false)])
  func checksAPlainPayloadUnderLowLimits(depth: Int, exponent: Int, isStored: Bool) {
    var limits = EventLimits.standard
    (limits.jsonDepth, limits.jsonExponent) = (depth, exponent)
    var collector = InsertCollector(
      batch: .standard, event: limits, mostColumnBytes: 1 << 20, arrival: UTCTime(microseconds: 0),
      memory: MemoryBudget(limit: 1 << 20))
    let payload = Array(#"{"a":{"b":{"c":123}}}"#.utf8)
    let name = Array("n".utf8)
    let isTaken = collector.take(
      topic: name, source: name, id: name, time: 0, payload: payload.span.bytes, isPlain: true)
    #expect(isTaken)
    #expect(collector.deadCount == (isStored ? 0 : 1))
  }
}
