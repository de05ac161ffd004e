internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// The rows of `dead_events` for the claimed members of a group.
struct DeadEventRows {
  /// Maximum number of bytes stored of the field that validation refused. If only the database refused the
  /// event, the whole payload is stored, so that the event can be retried.
  static let keptBytes = 8 << 10
  /// Sizes at which a chunk is sent as one statement, in stored bytes and in rows. They are bounded because a
  /// chunk is in memory as a whole.
  private static let chunkBytes = 1 << 20
  private static let chunkRows = 1_000

  private let claims: [(part: CopyRows.Part, batchID: Int64)]

  /// - Parameter batchIDs: The `batch_id` of each of `parts`.
  init(_ parts: [CopyRows.Part], batchIDs: [Int64]) {
    precondition(parts.count == batchIDs.count, "an id for each claimed batch")
    claims = zip(parts, batchIDs).filter { !$0.0.dead.isEmpty }.map { (part: $0.0, batchID: $0.1) }
  }

  /// Inserts the rows in one or several statements of the open transaction.
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
      assert(dead.isEmpty, "every dead event is at a position of its batch")
      if chunk.rowCount > 0 { try chunk.insert(of: claim, batchID, over: connection) }
    }
  }
}

/// Rows of one batch that are inserted by one statement. Dead events are rare, so this code prefers clarity
/// to speed.
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
  private var returns: [Int32] = []
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
    // For an entry that is not a valid event, the columns hold only the fields that could be read.
    let isEvent = refused.reason != .eventForm
    times.append(isEvent ? columns.layout.timestamp(of: event) : nil)
    topics.append(isEvent || !topic.isEmpty ? Self.readable(columns.bytes[topic]) : nil)
    ids.append(isEvent || !event.id.isEmpty ? Self.readable(columns.bytes[event.id]) : nil)
    sources.append(isEvent || !source.isEmpty ? Self.readable(columns.bytes[source]) : nil)
    let isWhole = refused.reason == .quarantined || refused.reason == .refusedByDatabase
    let kept = columns.bytes[field].prefix(isWhole ? .max : DeadEventRows.keptBytes)
    bytes.append(Array(kept))
    byteCounts.append(Int32(clamping: field.count))
    returns.append(refused.mayReturn ? 1 : 0)
    byteCount += kept.count
  }

  func insert(
    of claim: CopyRows.Part, _ batchID: Int64, over connection: PostgresConnection
  ) throws(PostgresError) {
    precondition(rowCount > 0, "a statement inserts a row")
    assert(
      [reasons.count, details.count, times.count, topics.count, ids.count, sources.count, bytes.count]
        .allSatisfy { $0 == rowCount }, "a value of each column for each row")
    _ = try connection.query(
      """
      INSERT INTO dead_events (batch_id, producer, sequence, position, reason, detail, time_us, topic,
        event_id, source, bytes, byte_count, retry_at)
      SELECT $1, $2, $3, u.position, u.reason, u.detail, u.time_us, u.topic, u.event_id, u.source,
        u.bytes, u.byte_count, CASE WHEN u.may_return = 1 THEN now() + interval '1 minute' END
      FROM unnest($4::int[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[],
        $11::bytea[], $12::int[], $13::int[])
        AS u(position, reason, detail, time_us, topic, event_id, source, bytes, byte_count, may_return)
      """,
      [
        .bigint(batchID), .uuid(claim.batch.key.producer), .bigint(claim.batch.key.sequenceNumber),
        .ints(positions), .texts(reasons), .texts(details), .bigints(times), .texts(topics), .texts(ids),
        .texts(sources), .byteStrings(bytes), .ints(byteCounts), .ints(returns),
      ])
  }

  /// The field as text; nil if it has more than `keptBytes` bytes, contains a zero byte or is not UTF-8.
  private static func readable(_ bytes: ArraySlice<UInt8>) -> String? {
    guard bytes.count <= DeadEventRows.keptBytes, !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
