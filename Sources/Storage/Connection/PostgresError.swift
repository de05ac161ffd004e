internal import CPostgres

/// What Postgres, or libpq in front of it, said about a failed command.
struct PostgresError: Error, Sendable, CustomStringConvertible {
  /// The error's code.
  let state: SQLState
  /// The primary message, one line.
  let message: String
  /// The secondary message, where there is one.
  let detail: String?
  /// Where it happened: for COPY the table, line and column.
  let context: String?
  /// The connection is of no more use: it broke, its backend was ended, or it did not answer in time.
  let isConnectionLost: Bool

  init(
    state: SQLState, message: String, detail: String? = nil, context: String? = nil,
    isConnectionLost: Bool
  ) {
    self.state = state
    self.message = message
    self.detail = detail
    self.context = context
    self.isConnectionLost = isConnectionLost
  }

  /// The connection broke in a way that only libpq saw.
  static func lost(_ message: String) -> PostgresError {
    PostgresError(state: .none, message: message, isConnectionLost: true)
  }

  /// The same error, after which the connection broke.
  var losingConnection: PostgresError {
    PostgresError(
      state: state, message: message, detail: detail, context: context, isConnectionLost: true)
  }

  var description: String {
    let head = state == .none ? message : "\(message) (SQLSTATE \(state))"
    return detail.map { "\(head): \($0)" } ?? head
  }
}

extension PostgresError {
  /// The error in a result of libpq.
  init(_ result: OpaquePointer, connectionIsBad: Bool) {
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
  init(ofConnection connection: OpaquePointer) {
    self = .lost(Self.firstLine(of: String(cString: PQerrorMessage(connection))))
  }

  /// The server ends the session after such an error, though libpq may not have read its end yet.
  private static func endsSession(_ severity: String) -> Bool {
    severity == "FATAL" || severity == "PANIC"
  }

  /// libpq ends its messages with a line break, and may append further lines of advice.
  private static func firstLine(of text: String) -> String {
    let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    return line.isEmpty ? "the database connection failed without a message" : line
  }
}
