import CPostgres
import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage

/// Compares the bytes of the encoder with the bytes that the server writes for the same rows.
@Suite struct CopyEncoderTests {
  private static let events = [
    TestEvent("id-1", payload: #"{"a": [1, 2.50, "ü\n"]}"#),
    TestEvent("", topic: "", time: 0, payload: nil),
    TestEvent("ü😀", topic: String(repeating: "t", count: 255), time: -1, payload: "\"\""),
    TestEvent("earliest", time: ColumnValidator.earliestTimestamp, payload: "[]"),
    TestEvent("latest", time: ColumnValidator.latestTimestamp, payload: "[]"),
    TestEvent("long", payload: "\"\(String(repeating: "x", count: 300_000))\""),
  ]

  private static var copy: StatementList {
    var statements = StatementList()
    _ = statements.addCopy(GroupStatements.copy(into: "staging"))
    return statements
  }

  private func encode(
    _ rows: CopyRows, as type: PayloadType = .json, capacity: Int = 128 << 10
  ) -> (bytes: [UInt8], pieces: Int) {
    var encoder = CopyEncoder(payloadType: type, capacity: capacity)
    var bytes: [UInt8] = []
    var pieces = 0
    let ids = rows.parts.indices.map { 65_536 * 7 + Int64($0) }
    rows.encode(with: &encoder, batchIDs: ids) { piece in
      bytes += piece
      pieces += 1
    }
    return (bytes, pieces)
  }

  private func rows(_ batches: [IngestBatch]) -> CopyRows {
    var rows = CopyRows(
      parts: batches.enumerated().map { place, batch in
        CopyRows.Part(member: place, of: GroupMember(batch))
      })
    rows.sort()
    return rows
  }

  @Test(arguments: PayloadType.allCases, [64, 1_000, 1 << 20])
  func encodesWhatTheServerWrites(_ type: PayloadType, _ capacity: Int) async throws {
    let rows = rows([try IngestBatch(Self.events), try IngestBatch([TestEvent("second batch")])])
    let (bytes, pieces) = encode(rows, as: type, capacity: capacity)
    try await withConnection { connection in
      // The transaction stays open, because its end would empty the staging table.
      try connection.execute("\(StagingTable.definition(payload: type)); BEGIN")
      _ = try connection.beginCopy(Self.copy)
      try bytes.withUnsafeBytes { try connection.putCopy($0) }
      _ = try connection.endCopy()
      let back = try connection.copyOut(
        "COPY (SELECT * FROM staging ORDER BY event_id, topic) TO STDOUT (FORMAT binary)")
      // The server writes jsonb in a normalised form, so its bytes are not compared.
      if type == .json { #expect(back == bytes) }
      let answer = try connection.query("SELECT count(*) FROM staging")
      #expect(answer.integer(0, 0) == 7)
    }
    #expect(pieces > 1 || capacity == 1 << 20)
  }

  @Test func encodesTheSameWhateverTheCapacity() throws {
    let rows = rows([try IngestBatch(Self.events + TestEvent.unique(100))])
    let whole = encode(rows, capacity: 4 << 20)
    #expect(whole.pieces == 1)
    for capacity in [64, 65, 100, 4_096] {
      #expect(encode(rows, capacity: capacity).bytes == whole.bytes)
    }
  }

  @Test func leavesOutDeadEvents() throws {
    let events = TestEvent.unique(5)
    let dead = [0, 2, 4].map { DeadEvent(position: $0, reason: .payloadSyntax) }
    let rows = rows([try IngestBatch(events, dead: dead)])
    var parts = self.rows([try IngestBatch(events)]).parts
    // Encodes each event that is not dead alone.
    let alone = [1, 3].map { position -> [UInt8] in
      parts[0].positions = position..<position + 1
      return Array(encode(CopyRows(parts: parts)).bytes.dropFirst(19).dropLast(2))
    }
    #expect(Array(encode(rows).bytes.dropFirst(19).dropLast(2)) == alone[0] + alone[1])
  }

  @Test func encodesNothingButHeaderAndTrailerForNoRows() {
    let expected = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + Array(repeating: 0, count: 8)
    #expect(encode(CopyRows(parts: [])).bytes == expected + [0xFF, 0xFF])
  }

  /// A time outside the range of Postgres is refused. No time is encoded as an infinity.
  @Test(arguments: [(Int64.min, true), (.min + 1, true), (.max - 1, false), (.max, false)])
  func neverEncodesAnInfiniteTime(_ time: Int64, isRefused: Bool) async throws {
    let (bytes, _) = encode(rows([try IngestBatch([TestEvent("a", time: time, payload: nil)])]))
    try await withConnection { connection in
      try connection.execute("\(StagingTable.definition(payload: .json)); BEGIN")
      _ = try connection.beginCopy(Self.copy)
      do {
        try bytes.withUnsafeBytes { try connection.putCopy($0) }
        _ = try connection.endCopy()
        let answer = try connection.query("SELECT isfinite(ts) FROM staging")
        #expect(answer.isTrue(0, 0))
        #expect(!isRefused)
      } catch let error as PostgresError {
        #expect(isRefused && error.state == "22008")
      }
    }
  }
}

extension PostgresConnection {
  /// Returns the bytes that a COPY TO STDOUT writes.
  fileprivate func copyOut(_ sql: String) throws -> [UInt8] {
    try sent(PQsendQuery(handle, sql))
    if let start = try nextResult() { PQclear(start) }
    var bytes: [UInt8] = []
    var row: UnsafeMutablePointer<CChar>?
    while case let count = PQgetCopyData(handle, &row, 0), count > 0 {
      bytes += UnsafeRawBufferPointer(start: row, count: Int(count))
      PQfreemem(row)
    }
    _ = try allResults()
    return bytes
  }
}
