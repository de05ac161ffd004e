import CPostgres
import Dispatch

/// Statements of a test on a connection of their own, which the code under test does not use.
public enum SQL {
  /// Runs one or several statements without parameters.
  /// - Returns: The rows of the last statement as text, with nil for NULL.
  /// - Throws: `TestSupportError` with the server's message.
  @discardableResult
  public static func run(_ sql: String, on conninfo: String) async throws -> [[String?]] {
    try await withCheckedThrowingContinuation { continuation in
      // libpq blocks, and Swift's pool has only a few threads.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try runBlocking(sql, conninfo) })
      }
    }
  }

  /// Returns the only value in the result of a statement.
  /// - Throws: `TestSupportError` when the result is not exactly one value, or is NULL.
  public static func value(_ sql: String, on conninfo: String) async throws -> String {
    let rows = try await run(sql, on: conninfo)
    guard rows.count == 1, rows[0].count == 1, let value = rows[0][0] else {
      throw TestSupportError("not one value: \(rows) of \(sql)")
    }
    return value
  }

  private static func runBlocking(_ sql: String, _ conninfo: String) throws -> [[String?]] {
    let connection = PQconnectdb("\(conninfo) connect_timeout=10 options='-c client_min_messages=warning'")
    defer { PQfinish(connection) }
    guard PQstatus(connection) == CONNECTION_OK else {
      throw TestSupportError(String(cString: PQerrorMessage(connection)))
    }
    let result = PQexec(connection, sql)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
      throw TestSupportError(String(cString: PQresultErrorMessage(result)))
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
