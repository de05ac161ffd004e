import Testing
import WireProtocol

@testable import DaemonConfiguration

struct MemorySumTests {
  @Test func sumsWhatTheSettingsAllow() {
    var settings = DaemonSettings()
    settings.ingestMemory = 96 << 20
    settings.ingestBuffers = 32 << 20
    settings.limits.batch.bodyBytes = 4 << 20
    settings.loops = 2
    settings.httpLimits.bodyMemory = 32 << 20
    settings.httpLimits.pageMemory = 64 << 20
    settings.tail.subscribers = 16
    settings.tail.buffer = 2 << 20
    settings.recentKeys = 3 << 20
    settings.limits.connections = 10_000
    let budget = MemorySum(settings)
    // 4 Mi slots and one more in each of two sets.
    #expect(budget.total == 431 << 20 + 10_000 * 16_384 + 2 * 16)
    #expect(
      budget.description
        == "588MiB: ingest 96MiB and 9MiB for reuse, frames and answers 37MiB, HTTP bodies 50MiB, HTTP pages 64MiB, tail 40MiB, dedup cache 129MiB, history 7MiB, "
        + "connections 10000 x 16KiB")
    settings.recentKeys = 0
    #expect(MemorySum(settings).total == 303 << 20 + 10_000 * 16_384)
  }

  @Test func knowsTheLargestFrame() {
    var settings = DaemonSettings()
    settings.limits.batch.bodyBytes = 100
    settings.limits.batch.rawBytes = 1_000
    #expect(MemorySum(settings).largestFrame == 1_100)
  }
}
