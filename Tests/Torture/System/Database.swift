import CPostgres

/// Statements of the torture program itself, on connections without a proxy.
struct Database: Sendable {
  let conninfo: String

  /// Whether the server accepts connections.
  var isReady: Bool { PQping(conninfo) == PQPING_OK }

  /// Runs statements on a new connection, and returns the rows of the last one as text, nil for NULL.
  /// - Throws: `SystemFailure` with the server's message.
  @discardableResult
  func query(_ sql: String) throws -> [[String?]] {
    try connected { try Self.rows(of: sql, on: $0) }
  }

  /// Runs a query repeatedly on one connection, until `body` returns false.
  /// - Throws: `SystemFailure` with the server's message.
  func poll(_ sql: String, _ body: ([[String?]]) -> Bool) throws {
    try connected { connection in
      while body(try Self.rows(of: sql, on: connection)) {}
    }
  }

  /// Reads a query's rows in the text form of COPY, one line without its end at a time.
  /// - Throws: `SystemFailure` with the server's message.
  func copy(_ query: String, _ line: (UnsafeRawBufferPointer) -> Void) throws {
    try connected { connection in
      let begun = PQexec(connection, "COPY (\(query)) TO STDOUT")
      defer { PQclear(begun) }
      guard PQresultStatus(begun) == PGRES_COPY_OUT else { throw failure(connection) }
      while true {
        var bytes: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(connection, &bytes, 0)
        guard count > 0, let bytes else {
          guard count == -1 else { throw failure(connection) }
          break
        }
        line(UnsafeRawBufferPointer(start: bytes, count: Int(count) - 1))
        PQfreemem(bytes)
      }
      let ended = PQgetResult(connection)
      defer { PQclear(ended) }
      guard PQresultStatus(ended) == PGRES_COMMAND_OK else { throw failure(connection) }
    }
  }

  private func connected<Value>(_ body: (OpaquePointer) throws -> Value) throws -> Value {
    guard let connection = PQconnectdb("\(conninfo) connect_timeout=10 application_name=torture") else {
      throw SystemFailure("out of memory")
    }
    defer { PQfinish(connection) }
    guard PQstatus(connection) == CONNECTION_OK else { throw failure(connection) }
    return try body(connection)
  }

  private func failure(_ connection: OpaquePointer) -> SystemFailure {
    SystemFailure(String(cString: PQerrorMessage(connection)))
  }

  private static func rows(of sql: String, on connection: OpaquePointer) throws -> [[String?]] {
    let result = PQexec(connection, sql)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
      throw SystemFailure(String(cString: PQresultErrorMessage(result)))
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column) else {
          return nil
        }
        return String(cString: text)
      }
    }
  }
}
