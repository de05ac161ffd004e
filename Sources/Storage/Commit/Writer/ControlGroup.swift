internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// The control of a suspect: a batch with as many events of the same sizes, but harmless payloads. If the
/// suspect fails and its control succeeds on the same connection, the size is not the cause.
struct ControlGroup {
  /// The harmless batch.
  let member: GroupMember

  /// Creates the control of `suspect`; nil when the control cannot be built. While it exists, it takes as
  /// much memory as the suspect's living events.
  init?(of suspect: GroupMember) {
    let batch = suspect.batch
    let dead = Set(suspect.dead.map(\.position))
    let limits = BatchLimits(
      bodyBytes: .max, rawBytes: Int(UInt32.max), events: batch.received, dictionary: 1 << 16)
    var builder = EventColumnsBuilder(limits: limits)
    let names = BatchNames(batch.columns)
    var cursor = batch.columns.makeCursor()
    let bytes = batch.columns.bytes
    while let event = cursor.next(in: bytes.span.bytes) {
      guard !dead.contains(cursor.position - 1) else { continue }
      let isAdded = try? Self.append(event, named: names, of: bytes.span.bytes, to: &builder)
      guard isAdded == true else { return nil }
    }
    guard !builder.isEmpty, let columns = try? EventColumns(builder.finish(), limits: limits) else {
      return nil
    }
    assert(columns.count == suspect.livingCount, "the control has as many events as the suspect")
    member = GroupMember(
      IngestBatch(
        key: batch.key, base: batch.base, digest: 0, session: 0, columns: columns, dead: [],
        acceptedAt: batch.acceptedAt))
  }

  /// Adds the event with a harmless payload. The key stays, because otherwise different events could become
  /// equal.
  private static func append(
    _ event: EventPlace, named names: BatchNames, of bytes: RawSpan, to builder: inout EventColumnsBuilder
  ) throws(EventRefusal) -> Bool {
    let topic = bytes.extracting(names.topics[event.topic])
    let source = bytes.extracting(names.sources[event.source])
    let id = bytes.extracting(event.id)
    guard let payload = event.payload else {
      return try builder.append(topic: topic, source: source, id: id, timestamp: 0, payload: nil)
    }
    let harmless = json(payload.count)
    return try builder.append(
      topic: topic, source: source, id: id, timestamp: 0, payload: harmless.span.bytes)
  }

  /// A JSON value of `count` bytes.
  private static func json(_ count: Int) -> [UInt8] {
    guard count >= 2 else { return [UInt8](repeating: UInt8(ascii: "0"), count: count) }
    return [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: count - 2) + [
      UInt8(ascii: "\"")
    ]
  }
}
