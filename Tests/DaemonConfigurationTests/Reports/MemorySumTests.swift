import Testing
import WireProtocol

@testable import DaemonConfiguration

struct MemorySumTests {
  @Test func sumsWhatTheSettingsAllow() {
    var settings = DaemonSettings()
    settings.ingestMemory = 96 << 20
    settings.httpLimits.bodyMemory = 32 << 20
    settings.httpLimits.pageMemory = 64 << 20
    settings.recentKeys = 1_000_000
    settings.limits.connections = 10_000
    let budget = MemorySum(settings)
    #expect(budget.total == 256 << 20 + 10_000 * 16_384)
    #expect(
      budget.description
        == "413MiB: ingest 96MiB, HTTP bodies 32MiB, HTTP pages 64MiB, recent keys 64MiB, "
        + "connections 10000 x 16KiB")
    settings.recentKeys = 0
    #expect(MemorySum(settings).total == 192 << 20 + 10_000 * 16_384)
  }

  @Test func knowsTheLargestFrame() {
    var settings = DaemonSettings()
    settings.limits.batch.bodyBytes = 100
    settings.limits.batch.rawBytes = 1_000
    #expect(MemorySum(settings).largestFrame == 1_100)
  }
}
