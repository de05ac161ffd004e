internal import Ingest
internal import WireProtocol

/// The rows of `dead_events` for the claimed members of a group.
struct DeadEventRows {
  /// Bytes kept of the field that the reason names.
  static let keptBytes = 8 << 10
  /// Kept bytes, and rows, after which a statement is sent: they are all in memory at once.
  private static let chunkBytes = 1 << 20
  private static let chunkRows = 1_000

  private let claims: [(part: CopyRows.Part, batchID: Int64)]

  /// - Parameter batchIDs: the `batch_id` of each of `parts`.
  init(_ parts: [CopyRows.Part], batchIDs: [Int64]) {
    claims = zip(parts, batchIDs).filter { !$0.0.dead.isEmpty }.map { (part: $0.0, batchID: $0.1) }
  }

  /// Inserts them in one or several statements of the transaction that is open.
  func insert(over connection: PostgresConnection) throws(PostgresError) {
    for (claim, batchID) in claims {
      var chunk = DeadEventChunk()
      let columns = claim.batch.columns
      let names = BatchNames(columns)
      var cursor = columns.makeCursor()
      var dead = claim.dead[...]
      while let refused = dead.first, let event = cursor.next(in: columns.bytes.span.bytes) {
        guard cursor.position - 1 == refused.position else { continue }
        dead.removeFirst()
        chunk.append(refused, event, names: names, columns: columns)
        if chunk.byteCount >= Self.chunkBytes || chunk.rowCount >= Self.chunkRows {
          try chunk.insert(of: claim, batchID, over: connection)
          chunk = DeadEventChunk()
        }
      }
      if chunk.rowCount > 0 { try chunk.insert(of: claim, batchID, over: connection) }
    }
  }
}

/// Rows of one batch that go out in one statement. Dead events are rare, so clarity goes before speed.
private struct DeadEventChunk {
  private var positions: [Int32] = []
  private var reasons: [String] = []
  private var details: [String?] = []
  private var times: [Int64?] = []
  private var topics: [String?] = []
  private var ids: [String?] = []
  private var sources: [String?] = []
  private var bytes: [[UInt8]?] = []
  private var byteCounts: [Int32] = []
  private(set) var byteCount = 0

  var rowCount: Int { positions.count }

  mutating func append(
    _ refused: RefusedEvent, _ event: EventPlace, names: BatchNames, columns: EventColumns
  ) {
    let topic = names.topics[event.topic]
    let source = names.sources[event.source]
    let field =
      switch refused.reason {
      case .topicLength, .topicText: topic
      case .sourceLength, .sourceText: source
      case .eventIDLength, .eventIDText: event.id
      default: event.payload ?? 0..<0
      }
    positions.append(Int32(refused.position))
    reasons.append(refused.reason.rawValue)
    details.append(refused.detail)
    times.append(columns.layout.timestamp(of: event))
    topics.append(Self.readable(columns.bytes[topic]))
    ids.append(Self.readable(columns.bytes[event.id]))
    sources.append(Self.readable(columns.bytes[source]))
    bytes.append(Array(columns.bytes[field].prefix(DeadEventRows.keptBytes)))
    byteCounts.append(Int32(clamping: field.count))
    byteCount += min(field.count, DeadEventRows.keptBytes)
  }

  func insert(
    of claim: CopyRows.Part, _ batchID: Int64, over connection: PostgresConnection
  ) throws(PostgresError) {
    _ = try connection.query(
      """
      INSERT INTO dead_events (batch_id, producer, sequence, position, reason, detail, time_us, topic,
        event_id, source, bytes, byte_count)
      SELECT $1, $2, $3, u.position, u.reason, u.detail, u.time_us, u.topic, u.event_id, u.source,
        u.bytes, u.byte_count
      FROM unnest($4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[],
        $11::bytea[], $12::int[])
        AS u(position, reason, detail, time_us, topic, event_id, source, bytes, byte_count)
      """,
      [
        .bigint(batchID), .uuid(claim.batch.key.producer), .bigint(claim.batch.key.sequenceNumber),
        .ints(positions), .texts(reasons), .texts(details), .bigints(times), .texts(topics), .texts(ids),
        .texts(sources), .byteStrings(bytes), .ints(byteCounts),
      ])
  }

  /// The field as text, nil when the database could not hold it as such; cut as the bytes are.
  private static func readable(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= DeadEventRows.keptBytes, !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
