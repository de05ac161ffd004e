import Ingest
import StoreInterface
import Testing
import WireProtocol

@testable import DaemonConfiguration

struct SettingRulesTests {
  @Test func acceptsTheDefaults() throws {
    try SettingRules.check(DaemonSettings())
  }

  @Test func citusHasNoBTreeAndNoSerializableTransactions() throws {
    var settings = DaemonSettings()
    settings.database.citus = .events
    try SettingRules.check(settings)
    settings.database.eventIndex = .btree
    expectContradiction(settings, naming: ["database.citus=events", "store.index=spans"])
    settings.database.eventIndex = .none
    settings.database.isolation = .serializable
    expectContradiction(settings, naming: ["database.citus=events", "store.isolation=read-committed"])
    settings.database.citus = .off
    try SettingRules.check(settings)
  }

  @Test func certificateAndKeyBelongTogether() throws {
    var settings = DaemonSettings()
    settings.tls.certificate = "server.pem"
    expectContradiction(settings, naming: ["tls.certificate", "tls.key"])
    settings.tls.key = "server.key"
    try SettingRules.check(settings)
    settings.tls.certificate = nil
    expectContradiction(settings, naming: ["tls.certificate", "tls.key"])
  }

  @Test func clientCertificatesNeedAuthoritiesAndTLS() throws {
    var settings = DaemonSettings()
    settings.tls.clientAuthorities = "ca.pem"
    expectContradiction(settings, naming: ["tls.client.ca", "tls.certificate"])
    (settings.tls.certificate, settings.tls.key) = ("server.pem", "server.key")
    settings.tls.requiresClientCertificate = true
    try SettingRules.check(settings)
    settings.tls.clientAuthorities = nil
    expectContradiction(settings, naming: ["tls.client.required", "tls.client.ca"])
  }

  @Test func largestFrameMustFitIntoIngestMemory() throws {
    var settings = DaemonSettings()
    settings.ingestMemory = settings.limits.batch.bodyBytes + settings.limits.batch.rawBytes
    try SettingRules.check(settings)
    settings.ingestMemory -= 1
    expectContradiction(
      settings, naming: ["ingest.memory", "limits.batch.body 4MiB", "limits.batch.raw 16MiB"])
  }

  @Test func largestBatchMustFitIntoTheQueue() throws {
    var settings = DaemonSettings()
    settings.queue.bytes = settings.limits.batch.rawBytes
    try SettingRules.check(settings)
    settings.queue.bytes -= 1
    expectContradiction(settings, naming: ["queue.bytes", "limits.batch.raw 16MiB"])
  }

  @Test func firstCreditsMustPermitALargestBatch() throws {
    var settings = DaemonSettings()
    settings.limits.creditBytes = settings.limits.batch.rawBytes
    try SettingRules.check(settings)
    settings.limits.creditBytes -= 1
    expectContradiction(settings, naming: ["limits.credit.bytes", "limits.batch.raw 16MiB"])
  }

  @Test func largestPayloadMustFitIntoABatch() throws {
    var settings = DaemonSettings()
    settings.limits.event.payloadBytes = settings.limits.batch.rawBytes
    try SettingRules.check(settings)
    settings.limits.event.payloadBytes += 1
    expectContradiction(settings, naming: ["limits.payload.bytes", "limits.batch.raw 16MiB"])
  }

  @Test func largestRequestMustFitIntoTheMemoryOfBodies() throws {
    var settings = DaemonSettings()
    settings.httpLimits.bodyMemory = 2 * settings.httpLimits.bodyBytes
    try SettingRules.check(settings)
    settings.httpLimits.bodyMemory -= 1
    expectContradiction(settings, naming: ["http.body.memory", "http.body.bytes 16MiB"])
  }

  @Test func fullPageMustFitIntoTheMemoryOfPages() throws {
    var settings = DaemonSettings()
    settings.httpLimits.pageMemory = 2 * settings.httpLimits.pageBytes
    try SettingRules.check(settings)
    settings.httpLimits.pageMemory -= 2
    expectContradiction(settings, naming: ["http.page.memory", "http.page.bytes", "8MiB"])
  }

  @Test func deadComesAfterAHeartbeat() throws {
    var settings = DaemonSettings()
    settings.timeouts.idle = settings.timeouts.heartbeat + .milliseconds(1)
    try SettingRules.check(settings)
    settings.timeouts.idle = settings.timeouts.heartbeat
    expectContradiction(settings, naming: ["timeouts.idle", "timeouts.heartbeat"])
  }

  private func expectContradiction(
    _ settings: DaemonSettings, naming names: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: ConfigurationError.self, sourceLocation: sourceLocation) {
      try SettingRules.check(settings)
    }
    for name in names {
      #expect(error?.description.contains(name) == true, "\(name)", sourceLocation: sourceLocation)
    }
  }
}
