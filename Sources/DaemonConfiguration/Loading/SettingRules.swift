internal import Ingest
internal import WireProtocol

/// What must hold between settings, beyond the range of each.
enum SettingRules {
  /// Checks the settings against each other.
  /// - Throws: `ConfigurationError.contradiction` for the first rule that is broken.
  static func check(_ settings: DaemonSettings) throws(ConfigurationError) {
    let batch = settings.limits.batch
    let raw = "limits.batch.raw \(size(batch.rawBytes))"
    if MemorySum(settings).largestFrame > settings.ingestMemory {
      throw .contradiction(
        "ingest.memory \(size(settings.ingestMemory)) can not hold one largest frame: limits.batch.body "
          + "\(size(batch.bodyBytes)) + \(raw); raise ingest.memory or lower the limits")
    }
    if batch.rawBytes > settings.queue.bytes {
      throw .contradiction(
        "queue.bytes \(size(settings.queue.bytes)) can not hold one largest batch: \(raw); "
          + "raise queue.bytes or lower the limit")
    }
    if batch.rawBytes > settings.limits.creditBytes {
      throw .contradiction(
        "limits.credit.bytes \(size(settings.limits.creditBytes)) never permits a largest batch: \(raw); "
          + "raise limits.credit.bytes or lower the limit")
    }
    if settings.limits.event.payloadBytes > batch.rawBytes {
      throw .contradiction(
        "limits.payload.bytes \(size(settings.limits.event.payloadBytes)) is beyond \(raw): "
          + "no batch could carry such a payload")
    }
    if settings.httpLimits.bodyBytes > settings.httpLimits.bodyMemory {
      throw .contradiction(
        "http.body.memory \(size(settings.httpLimits.bodyMemory)) can not hold one largest body: http.body.bytes "
          + "\(size(settings.httpLimits.bodyBytes)); raise one or lower the other")
    }
    let page = max(settings.httpLimits.pageBytes, settings.limits.event.payloadBytes)
    if page > settings.httpLimits.pageMemory / 2 {
      throw .contradiction(
        "http.page.memory \(size(settings.httpLimits.pageMemory)) is less than twice \(size(page)), the larger of "
          + "http.page.bytes and limits.payload.bytes: a full page could never be sent")
    }
    if settings.retention.producers < settings.retention.ledger {
      throw .contradiction(
        "producers.keep must not be shorter than ledger.keep: a producer is forgotten with its ledger")
    }
    if settings.timeouts.heartbeat >= settings.timeouts.dead {
      throw .contradiction(
        "timeouts.dead must be longer than timeouts.heartbeat, or every silent producer is dropped")
    }
  }

  private static func size(_ bytes: Int) -> String { UnitScale.bytes.write(bytes) }
}
