/// The major version of a Postgres, such as 15.
enum ServerVersion {
  /// The oldest that has all that the schema and the settings use.
  static let oldest = 14

  /// Reads what `postgres --version` prints: `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`, `… 17beta1`.
  static func major(in text: String) -> Int? {
    guard let name = text.firstRange(of: "(PostgreSQL) ") else { return nil }
    return Int(text[name.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }
}
