/// Why the program can not work with a database. Each is one line that says what to do.
public enum SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The server is older than Postgres 14; its version.
  case serverTooOld(String)
  /// Another version of this program migrated the schema further than this one knows.
  case newerSchema(found: Int, known: Int)
  /// The role may not do what it must; what, and the statement that would allow it.
  case missingRight(String, grant: String)
  /// The database could not be reached in time, or a statement failed; what it said.
  case unavailable(String)
  /// The connection was lost in the middle, and was not made again in time; what was said last.
  case connectionLost(String)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .serverTooOld(let version):
      "Postgres \(version) is too old: version 14 or newer is needed; upgrade the server"
    case .newerSchema(let found, let known):
      "the schema is at version \(found), but this program knows versions up to \(known): "
        + "start a newer version of the program"
    case .missingRight(let right, let grant):
      "the database role may not \(right); what allows it: \(grant)"
    case .unavailable(let reason), .connectionLost(let reason):
      "the database can not be used: \(reason)"
    }
  }
}
