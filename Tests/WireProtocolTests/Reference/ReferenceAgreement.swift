import SpecVectors

/// Whether a reference machine, with one rule broken or none, does what a vector says.
enum ReferenceAgreement {
  /// The first difference between the machine and the vector; nil when they agree.
  static func difference(_ vector: ConnectionVector, _ broken: Rule?) -> String? {
    var limits = ReferenceServer.Limits()
    limits.events = vector.limits?.events ?? limits.events
    limits.dictionary = vector.limits?.dictionary ?? limits.dictionary
    limits.creditBatches = vector.limits?.creditBatches ?? limits.creditBatches
    limits.creditBytes = vector.limits?.creditBytes ?? limits.creditBytes
    var server = ReferenceServer(
      limits: limits, holds: vector.holds, key: vector.key, hasCertificate: vector.hasCertificate,
      broken: broken)
    let said = vector.steps.map { ServerWords.inOrder(server.take($0.client.bytes)) }
    return said == vector.steps.map(\.server)
      ? nil : "\(vector.name): \(said), not \(vector.steps.map(\.server))"
  }

  static func difference(_ vector: ServerVector, _ broken: Rule?) -> String? {
    var client = ReferenceClient(
      sends: vector.sent, key: vector.key, hasCertificate: vector.hasCertificate, broken: broken)
    let heard = client.hear(vector.server.bytes)
    if let fields = vector.welcome, fields != client.fields {
      return "\(vector.name): \(client.fields ?? [:])"
    }
    if let expected = vector.client, !client.said.starts(with: expected.bytes) {
      return "\(vector.name): it said \(client.said)"
    }
    return heard == vector.heard ? nil : "\(vector.name): \(heard), not \(vector.heard)"
  }

  static func difference(_ vector: ColumnVector, _ broken: Rule?) -> String? {
    guard let columns = try? ReferenceColumns(vector.raw.bytes, broken: broken) else {
      return vector.error == "MALFORMED_COLUMNS" ? nil : "\(vector.name): MALFORMED_COLUMNS"
    }
    if let error = vector.error { return "\(vector.name): no \(error)" }
    let dead = columns.dead.map { "\($0.position) \($0.reason)" }
    let expectedDead = (vector.dead ?? []).map { "\($0.position) \($0.reason)" }
    if dead != expectedDead { return "\(vector.name): \(dead), not \(expectedDead)" }
    guard let expected = vector.events else { return nil }
    let isSame = columns.events.elementsEqual(expected) { event, other in
      event.topic == other.topic.bytes && event.source == other.source.bytes && event.id == other.id.bytes
        && event.time.map(String.init) == other.time && event.payload == other.payload?.bytes
    }
    return isSame ? nil : "\(vector.name): other events"
  }

  static func difference(_ vector: ResumingVector, _ broken: Rule?) -> String? {
    var client = ReferenceClient(sends: [], broken: nil)
    _ = client.hear(vector.server.bytes)
    guard let welcome = client.welcome else { return "\(vector.name): no WELCOME" }
    let resumption = ReferenceResumption(
      broken: broken, base: vector.base, highestTold: vector.highestTold, session: vector.session,
      lineage: [vector.lineage.system, "\(vector.lineage.timeline)", vector.lineage.store],
      batches: vector.batches.map { .init(sequence: $0.sequence, raw: $0.raw.bytes, wasSent: $0.sent) })
    let outcome = resumption.outcome(welcome)
    let expected = ReferenceResumption.Outcome(
      settled: vector.settled, lineageLoss: vector.lineageLoss, client: vector.client.bytes)
    return outcome == expected ? nil : "\(vector.name): \(outcome)"
  }
}
