import Ingest

/// The quota of a principal and its use on this server, as `GET /producers` shows them.
struct QuotaFigures: JSONWritable {
  let quota: PublishQuota
  let use: QuotaUse

  /// The reason why credit is held back; nil while credit is given.
  var reason: String? {
    let bounds = use.exceeded.compactMap { bound in
      switch bound {
      case .events: quota.events.map { "\($0) events" }
      case .bytes: quota.bytes.map { "\($0) bytes" }
      }
    }
    guard !use.exceeded.isEmpty else { return nil }
    // A bound that was removed from the quota holds credit back until its time is over.
    let bound = bounds.isEmpty ? "the former quota" : "\(bounds.joined(separator: " and ")) in a second"
    return "more than \(bound) came, beyond the burst of two seconds"
  }

  func write(to writer: inout JSONWriter) {
    let isHeldBack = !use.exceeded.isEmpty
    writer.object { writer in
      writer.member("events", quota.events)
      writer.member("bytes", quota.bytes)
      writer.member("connections", quota.connections)
      writer.member("used_connections", use.connections)
      writer.member("held_back", isHeldBack)
      writer.member("reason", reason)
      writer.member("resumes_in_seconds", isHeldBack ? use.delay.seconds : nil)
    }
  }
}
