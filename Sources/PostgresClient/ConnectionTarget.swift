internal import CPostgres

extension ConnectionSettings {
  /// Returns why libpq cannot read `conninfo`; nil when it can. The message of libpq is not passed on,
  /// because it repeats the text and with it a password.
  public static func problem(in conninfo: String) -> String? {
    options(of: conninfo) == nil
      ? "libpq cannot read it as a connection string; in a URI, characters of user name and password other than letters,"
        + " digits and -._~ must be percent-encoded" : nil
  }

  /// Host, port and name of the database, for people; never a secret.
  package var target: String {
    guard let options = Self.options(of: conninfo) else { return "(unreadable)" }
    let shown = ["host", "hostaddr", "port", "dbname", "service"].compactMap { keyword in
      options[keyword].map { "\(keyword)=\($0)" }
    }
    return shown.isEmpty ? "(the defaults of libpq)" : shown.joined(separator: " ")
  }

  /// The command that connects to the same database, for people who paste it into a shell; never a secret. psql asks
  /// for a password, or takes it from `PGPASSWORD` or a password file.
  package var psqlCommand: String {
    guard let options = Self.options(of: conninfo) else { return "psql" }
    let keywords = ["service", "host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert"]
    let shown = keywords.compactMap { keyword in options[keyword].map { "\(keyword)=\(Self.quoted($0))" } }
    guard !shown.isEmpty else { return "psql" }
    let text = shown.joined(separator: " ").split(separator: "'", omittingEmptySubsequences: false)
    return "psql '\(text.joined(separator: #"'\''"#))'"
  }

  /// Returns a value as libpq reads it between keywords (Postgres manual, "Keyword/Value Connection Strings").
  private static func quoted(_ value: String) -> String {
    let isPlain = !value.isEmpty && !value.contains { $0.isWhitespace || $0 == "'" || $0 == "\\" }
    if isPlain { return value }
    return "'\(value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined())'"
  }

  /// Returns the options that `conninfo` sets; nil when libpq cannot read it.
  private static func options(of conninfo: String) -> [String: String]? {
    var message: UnsafeMutablePointer<CChar>?
    guard let first = PQconninfoParse(conninfo, &message) else {
      PQfreemem(message)
      return nil
    }
    defer { PQconninfoFree(first) }
    var options: [String: String] = [:]
    var next = first
    while let keyword = next.pointee.keyword {
      if let value = next.pointee.val { options[String(cString: keyword)] = String(cString: value) }
      next += 1
    }
    return options
  }
}
