/// The statements that give a role all rights of a server, for `sluiced grants`.
public struct RoleGrants: Sendable {
  private let role: String
  private let schema: String

  /// Creates the statements for a role and a schema, whose names are not quoted.
  public init(role: String, schema: String) {
    precondition(!role.isEmpty && !schema.isEmpty, "a role and a schema have names")
    self.role = role
    self.schema = schema
  }

  /// A script for psql. The owner of the schema runs it in the database of the server, after a migration.
  public var text: String {
    let grants = ObjectRights.all.map { entry in
      entry.object == .database
        ? Self.grantOnCurrentDatabase(entry.rights, to: role)
        : entry.grant(to: Self.identifier(role), schema: Self.identifier(schema), database: "")
    }
    return grants.map { "\($0);\n" }.joined()
  }

  /// Returns the statement for the database in which it runs, because the script does not know its name, and
  /// GRANT needs the name.
  private static func grantOnCurrentDatabase(_ rights: [String], to role: String) -> String {
    let grant = literal("GRANT \(rights.joined(separator: ", ")) ON DATABASE %I TO %I")
    return "DO \(literal("BEGIN EXECUTE format(\(grant), current_database(), \(literal(role))); END"))"
  }

  /// Returns a name as an identifier of SQL
  /// (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS).
  private static func identifier(_ name: String) -> String {
    "\"\(doubling("\"", in: name))\""
  }

  /// Returns a text as a constant of SQL, for any value of `standard_conforming_strings`.
  private static func literal(_ text: String) -> String {
    let quoted = doubling("'", in: text)
    guard text.unicodeScalars.contains("\\") else { return "'\(quoted)'" }
    return "E'\(doubling("\\", in: quoted))'"
  }

  /// Repeats a scalar wherever it is. A search for characters would not find a quote before a combining mark.
  private static func doubling(_ scalar: Unicode.Scalar, in text: String) -> String {
    var doubled = String.UnicodeScalarView()
    for each in text.unicodeScalars {
      doubled.append(each)
      if each == scalar { doubled.append(each) }
    }
    return String(doubled)
  }
}
