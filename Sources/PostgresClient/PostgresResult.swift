internal import CPostgres

/// Result of one statement. Owns the memory of libpq's result.
///
/// Not Sendable, because it must stay on the thread of its connection.
package final class PostgresResult {
  private let result: OpaquePointer

  /// Takes ownership of `result`, and frees it with this object.
  package init(owning result: OpaquePointer) {
    self.result = result
  }

  deinit {
    PQclear(result)
  }

  /// Number of returned rows.
  package var rowCount: Int { Int(PQntuples(result)) }

  /// The command tag, such as `COMMIT` or `UPDATE 3`.
  package var commandTag: String { String(cString: PQcmdStatus(result)) }

  /// Whether the field is NULL.
  package func isNull(_ row: Int, _ column: Int) -> Bool {
    precondition(row >= 0 && column >= 0, "rows and columns are counted from 0")
    precondition(row < rowCount && column < Int(PQnfields(result)), "a field outside the result")
    return PQgetisnull(result, Int32(row), Int32(column)) == 1
  }

  /// Returns the field as the server sent it; nil for NULL.
  package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
    withField(row, column) { Array($0) }
  }

  /// Returns the field as text; nil for NULL. For text, names, json and every field in text format.
  package func string(_ row: Int, _ column: Int) -> String? {
    withField(row, column) { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns a whole number; nil for NULL and for text that is not a number. Binary fields are smallint, int,
  /// bigint and types that are sent like them: xid8, and timestamptz in microseconds since 2000.
  package func integer(_ row: Int, _ column: Int) -> Int64? {
    guard PQfformat(result, Int32(column)) == 1 else { return string(row, column).flatMap { Int64($0) } }
    return withField(row, column) { field in
      switch field.count {
      case 2: Int64(Int16(bitPattern: UInt16(truncatingIfNeeded: Self.bigEndian(field))))
      case 4: Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: Self.bigEndian(field))))
      default: Self.eightBytes(field)
      }
    }
  }

  /// Returns a `timestamptz` in microseconds since 1970; nil for NULL.
  package func time(_ row: Int, _ column: Int) -> Int64? {
    integer(row, column).map(PostgresTime.sinceUnixEpoch)
  }

  /// Whether the field is true; false for NULL.
  package func isTrue(_ row: Int, _ column: Int) -> Bool {
    withField(row, column) { $0.count == 1 && ($0[0] == 1 || $0[0] == UInt8(ascii: "t")) } ?? false
  }

  /// Returns a UUID; nil for NULL.
  package func uuid(_ row: Int, _ column: Int) -> PostgresUUID? {
    guard PQfformat(result, Int32(column)) == 1 else {
      return string(row, column).flatMap { PostgresUUID($0) }
    }
    return withField(row, column) { field in
      assert(field.count == 16, "the column is no UUID")
      return PostgresUUID(
        high: Self.bigEndian(UnsafeRawBufferPointer(rebasing: field.prefix(8))),
        low: Self.bigEndian(UnsafeRawBufferPointer(rebasing: field.dropFirst(8))))
    }
  }

  /// Calls `read` with the field as the server sent it, and returns its value; nil for NULL. The buffer is
  /// valid during the call only.
  package func withField<Value>(
    _ row: Int, _ column: Int, _ read: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    guard !isNull(row, column), let start = PQgetvalue(result, Int32(row), Int32(column)) else {
      return nil
    }
    let count = Int(PQgetlength(result, Int32(row), Int32(column)))
    return read(UnsafeRawBufferPointer(start: start, count: count))
  }

  private static func eightBytes(_ field: UnsafeRawBufferPointer) -> Int64 {
    assert(field.count == 8, "the column is no whole number")
    return Int64(bitPattern: bigEndian(field))
  }

  private static func bigEndian(_ field: UnsafeRawBufferPointer) -> UInt64 {
    field.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
