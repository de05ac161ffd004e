internal import CPostgres

/// The error of a failed command, from Postgres or from libpq.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
  /// Error code; `.none` when only libpq failed.
  package let state: SQLState
  /// The primary message, one line.
  package let message: String
  /// Secondary message, if there is one.
  package let detail: String?
  /// Context of the error: for COPY the table, line and column.
  package let context: String?
  /// Whether the connection is unusable: it broke, its backend ended, or it did not answer in time.
  package let isConnectionLost: Bool

  package init(
    state: SQLState, message: String, detail: String? = nil, context: String? = nil,
    isConnectionLost: Bool
  ) {
    self.state = state
    self.message = message
    self.detail = detail
    self.context = context
    self.isConnectionLost = isConnectionLost
  }

  /// An error about a lost connection that only libpq or this program noticed.
  package static func lost(_ message: String) -> PostgresError {
    PostgresError(state: .none, message: message, isConnectionLost: true)
  }

  /// This error, with the connection marked as lost.
  package var losingConnection: PostgresError {
    PostgresError(
      state: state, message: message, detail: detail, context: context, isConnectionLost: true)
  }

  package var description: String {
    let head = state == .none ? message : "\(message) (SQLSTATE \(state))"
    return detail.map { "\(head): \($0)" } ?? head
  }
}

extension PostgresError {
  /// The error in a result of libpq.
  package init(_ result: OpaquePointer, connectionIsBad: Bool) {
    func field(_ code: CChar) -> String? {
      PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
    }
    let state = SQLState(field(CChar(UInt8(ascii: "C"))) ?? "")
    let text = field(CChar(UInt8(ascii: "M"))) ?? String(cString: PQresultErrorMessage(result))
    self.init(
      state: state,
      message: Self.firstLine(of: text),
      detail: field(CChar(UInt8(ascii: "D"))),
      context: field(CChar(UInt8(ascii: "W"))),
      isConnectionLost: connectionIsBad || field(CChar(UInt8(ascii: "V"))).map(Self.endsSession) ?? false)
  }

  /// The error that a connection reports about itself.
  package init(ofConnection connection: OpaquePointer) {
    self = .lost(Self.firstLine(of: String(cString: PQerrorMessage(connection))))
  }

  /// Whether the server ends the session after an error of this severity. libpq may not have read the end of
  /// the connection yet.
  private static func endsSession(_ severity: String) -> Bool {
    severity == "FATAL" || severity == "PANIC"
  }

  /// Returns the first line of a message. libpq ends messages with a line break, and may append lines of
  /// advice.
  private static func firstLine(of text: String) -> String {
    let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    return line.isEmpty ? "the database connection failed without a message" : line
  }
}

extension PostgresError {
  /// Row of a COPY that the error names, counted from 1. The server translates the words of the context, but
  /// not its shape: "COPY table, line 3, column payload".
  package var copyRow: Int? {
    guard let line = context?.split(separator: "\n").last(where: { $0.contains("COPY ") }) else {
      return nil
    }
    let number = line.drop { !$0.isWholeNumber }.prefix { $0.isWholeNumber }
    return Int(number)
  }
}

/// A five-character error code of Postgres
/// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
package struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The five characters; empty when libpq failed without an answer of a server.
  package let code: String

  package init(_ code: String) {
    self.code = code
  }

  package init(stringLiteral code: String) {
    self.code = code
  }

  /// The state of errors that no server sent: libpq failed on its own.
  package static let none: SQLState = ""

  /// First two characters, which name the class of the error.
  package var group: Substring { code.prefix(2) }

  package var description: String { code.isEmpty ? "none" : code }
}
