internal import Ingest
internal import StoreInterface
internal import TextFormats
internal import WireProtocol

/// The rules between settings, beyond the range of each. The reference of the configuration lists them.
enum SettingRules {
  /// One rule.
  struct Rule: Sendable {
    /// The rule for the reference, in Markdown.
    let text: String
    /// Returns what is wrong with the settings and what to do; nil when the rule holds.
    let problem: @Sendable (DaemonSettings) -> String?
    /// Whether the rule is for a server that listens, not for the other commands.
    var isForListening = false
  }

  /// All rules, in the order in which they are checked.
  static let all = [
    Rule(text: ListeningRule.text, problem: { ListeningRule.problem($0) }, isForListening: true),
    Rule(text: "`limits.batch.body` + `limits.batch.raw` <= `ingest.memory`: one largest frame must fit.") {
      MemorySum($0).largestFrame <= $0.ingestMemory
        ? nil
        : "ingest.memory \(size($0.ingestMemory)) cannot hold one largest frame: limits.batch.body "
          + "\(size($0.limits.batch.bodyBytes)) + \(raw($0)); raise ingest.memory or lower the limits"
    },
    Rule(text: "`limits.batch.body` <= `ingest.buffers`: one largest frame must fit.") {
      $0.limits.batch.bodyBytes <= $0.ingestBuffers
        ? nil
        : "ingest.buffers \(size($0.ingestBuffers)) cannot hold one largest frame: limits.batch.body "
          + "\(size($0.limits.batch.bodyBytes)); raise ingest.buffers or lower the limit"
    },
    Rule(text: "`limits.batch.raw` <= `queue.bytes`: one largest batch must fit.") {
      $0.limits.batch.rawBytes <= $0.queue.bytes
        ? nil
        : "queue.bytes \(size($0.queue.bytes)) cannot hold one largest batch: \(raw($0)); "
          + "raise queue.bytes or lower the limit"
    },
    Rule(
      text: "`limits.batch.raw` <= `limits.credit.bytes`: a producer must be able to send a largest batch."
    ) {
      $0.limits.batch.rawBytes <= $0.limits.creditBytes
        ? nil
        : "limits.credit.bytes \(size($0.limits.creditBytes)) never permits a largest batch: \(raw($0)); "
          + "raise limits.credit.bytes or lower the limit"
    },
    Rule(
      text: "`limits.payload.bytes` <= `limits.batch.raw`: a batch must be able to carry a largest payload."
    ) {
      $0.limits.event.payloadBytes <= $0.limits.batch.rawBytes
        ? nil
        : "limits.payload.bytes \(size($0.limits.event.payloadBytes)) is beyond \(raw($0)): "
          + "no batch could carry such a payload; lower limits.payload.bytes or raise limits.batch.raw"
    },
    Rule(
      text:
        "Twice `http.body.bytes` <= `http.body.memory`: one largest body must fit, as it is sent and as it is expanded."
    ) {
      $0.httpLimits.bodyBytes <= $0.httpLimits.bodyMemory / 2
        ? nil
        : "http.body.memory \(size($0.httpLimits.bodyMemory)) cannot hold one largest body, as it is sent and as it "
          + "is expanded: it is less than twice http.body.bytes \(size($0.httpLimits.bodyBytes)); "
          + "raise one or lower the other"
    },
    Rule(
      text:
        "Twice `http.page.bytes`, and twice `limits.payload.bytes`, <= `http.page.memory`: a full page must fit."
    ) {
      let page = max($0.httpLimits.pageBytes, $0.limits.event.payloadBytes)
      return page <= $0.httpLimits.pageMemory / 2
        ? nil
        : "http.page.memory \(size($0.httpLimits.pageMemory)) is less than twice \(size(page)), the larger of "
          + "http.page.bytes and limits.payload.bytes: a full page could never be sent; raise http.page.memory"
    },
    Rule(text: "`producers.keep` >= `ledger.keep`: a producer is forgotten with its ledger.") {
      $0.retention.producers >= $0.retention.ledger
        ? nil
        : "producers.keep is shorter than ledger.keep: a producer is forgotten with its ledger; "
          + "raise producers.keep or lower ledger.keep"
    },
    Rule(
      text:
        "`database.citus=events` is not for `store.index=btree` and not for `store.isolation=serializable`."
    ) {
      guard $0.database.citus == .events else { return nil }
      if $0.database.eventIndex == .btree {
        return
          "database.citus=events needs store.index spans or none: the B-tree would have to be read on each worker"
          + " for each topic; set store.index=spans"
      }
      return $0.database.isolation == .serializable
        ? "database.citus=events needs store.isolation=read-committed: Citus has no serializable transactions between"
          + " its workers"
        : nil
    },
    Rule(text: "`tls.certificate` and `tls.key` are set together.") {
      ($0.tls.certificate == nil) == ($0.tls.key == nil)
        ? nil : "tls.certificate and tls.key belong together: set both, or none"
    },
    Rule(text: "`tls.client.ca` needs `tls.certificate`, and `tls.client.required` needs `tls.client.ca`.") {
      if $0.tls.clientAuthorities != nil, !$0.tls.isOn {
        return "tls.client.ca has no effect without tls.certificate: set tls.certificate and tls.key"
      }
      return $0.tls.requiresClientCertificate && $0.tls.clientAuthorities == nil
        ? "tls.client.required needs the authorities that sign client certificates: set tls.client.ca" : nil
    },
    Rule(text: "`timeouts.heartbeat` < `timeouts.idle`: else every silent producer is disconnected.") {
      $0.timeouts.heartbeat < $0.timeouts.idle
        ? nil
        : "timeouts.idle is not longer than timeouts.heartbeat: every silent producer would be disconnected; "
          + "raise timeouts.idle or lower timeouts.heartbeat"
    },
  ]

  /// Checks the settings against each other.
  /// - Throws: `ConfigurationError.contradiction` for the first rule that is broken.
  /// - Parameter listens: Whether the settings are those of a server that listens.
  static func check(_ settings: DaemonSettings, listens: Bool = true) throws(ConfigurationError) {
    for rule in all where listens || !rule.isForListening {
      if let problem = rule.problem(settings) { throw .contradiction(problem) }
    }
  }

  private static func raw(_ settings: DaemonSettings) -> String {
    "limits.batch.raw \(size(settings.limits.batch.rawBytes))"
  }

  private static func size(_ bytes: Int) -> String { UnitScale.bytes.write(bytes) }
}
