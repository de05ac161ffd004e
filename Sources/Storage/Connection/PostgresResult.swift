internal import CPostgres
internal import WireProtocol

/// The answer to one statement. Owns the memory of libpq's result.
///
/// Not Sendable: it stays on the thread of its connection.
final class PostgresResult {
  private let result: OpaquePointer

  /// Takes over `result`, which is freed with this object.
  init(owning result: OpaquePointer) {
    self.result = result
  }

  deinit {
    PQclear(result)
  }

  /// Rows returned.
  var rowCount: Int { Int(PQntuples(result)) }

  /// The command tag, such as `COMMIT` or `UPDATE 3`.
  var commandTag: String { String(cString: PQcmdStatus(result)) }

  /// Whether the field is NULL.
  func isNull(_ row: Int, _ column: Int) -> Bool {
    precondition(row < rowCount && column < Int(PQnfields(result)), "a field outside the result")
    return PQgetisnull(result, Int32(row), Int32(column)) == 1
  }

  /// The field as the server sent it; nil for NULL.
  func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
    withField(row, column) { Array($0) }
  }

  /// The field as text; nil for NULL. For text, names, json and everything in text format.
  func string(_ row: Int, _ column: Int) -> String? {
    withField(row, column) { String(decoding: $0, as: UTF8.self) }
  }

  /// A whole number; nil for NULL and for what is none. Binary fields are smallint, int, bigint, and what
  /// is sent like them: xid8, and timestamptz in microseconds since 2000.
  func integer(_ row: Int, _ column: Int) -> Int64? {
    guard PQfformat(result, Int32(column)) == 1 else { return string(row, column).flatMap { Int64($0) } }
    return withField(row, column) { field in
      switch field.count {
      case 2: Int64(Int16(bitPattern: UInt16(truncatingIfNeeded: Self.bigEndian(field))))
      case 4: Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: Self.bigEndian(field))))
      default: Int64(bitPattern: Self.bigEndian(field))
      }
    }
  }

  /// A `timestamptz` in microseconds since 1970; nil for NULL.
  func time(_ row: Int, _ column: Int) -> Int64? {
    integer(row, column).map(PostgresTime.sinceUnixEpoch)
  }

  /// Whether the field is true; NULL is not.
  func isTrue(_ row: Int, _ column: Int) -> Bool {
    withField(row, column) { $0.count == 1 && ($0[0] == 1 || $0[0] == UInt8(ascii: "t")) } ?? false
  }

  /// A UUID; nil for NULL.
  func uuid(_ row: Int, _ column: Int) -> ProducerID? {
    guard PQfformat(result, Int32(column)) == 1 else {
      return string(row, column).flatMap { ProducerID($0) }
    }
    return withField(row, column) { field in
      ProducerID(
        high: Self.bigEndian(UnsafeRawBufferPointer(rebasing: field.prefix(8))),
        low: Self.bigEndian(UnsafeRawBufferPointer(rebasing: field.dropFirst(8))))
    }
  }

  /// Calls `read` with the field as it was sent; nil for NULL. What it gets lives no longer than the call.
  func withField<Value>(
    _ row: Int, _ column: Int, _ read: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    guard !isNull(row, column), let start = PQgetvalue(result, Int32(row), Int32(column)) else {
      return nil
    }
    let count = Int(PQgetlength(result, Int32(row), Int32(column)))
    return read(UnsafeRawBufferPointer(start: start, count: count))
  }

  private static func bigEndian(_ field: UnsafeRawBufferPointer) -> UInt64 {
    field.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
