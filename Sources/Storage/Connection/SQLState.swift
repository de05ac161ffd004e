/// A five-character error code of Postgres
/// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
struct SQLState: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The characters; empty when libpq itself failed and no server spoke.
  let code: String

  init(_ code: String) {
    self.code = code
  }

  init(stringLiteral code: String) {
    self.code = code
  }

  /// No server said anything: libpq failed on its own.
  static let none: SQLState = ""

  /// The first two characters, which name the class of the error.
  var group: Substring { code.prefix(2) }

  var description: String { code.isEmpty ? "none" : code }
}
