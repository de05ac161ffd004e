internal import PostgresClient

/// Checks that the database role has the rights which the running program needs, because an error at the
/// start is clearer than a writer that waits for ever.
///
/// The catalogs tell the rights, so that the check itself needs none of them.
struct PrivilegeCheck {
  let connection: PostgresConnection
  /// Whether dead events are deleted by age.
  var deletesDeadEvents = false
  /// Whether deletions of events raise the purge generation without a trigger.
  var raisesPurge = false

  /// - Throws: `SchemaError.missingRights` with all rights that are missing; the errors of the statements.
  func run() throws(SchemaError) {
    let missing = try missing()
    guard missing.isEmpty else { throw try failure(missing) }
  }

  /// Checks the rights to read the version of the schema. Does nothing where there is no schema yet.
  /// - Throws: As `run`, with all rights that are missing, also those that the version does not need.
  func runBeforeMigration() throws(SchemaError) {
    let missing = try missing()
    guard !missing.contains(where: \.isNeededToReadVersion) else { throw try failure(missing) }
  }

  /// Returns the rights that the role does not have, on the objects that exist.
  private func missing() throws(SchemaError) -> [ObjectRights] {
    var missing: [ObjectRights] = []
    for entry in ObjectRights.required(deletesDeadEvents: deletesDeadEvents, raisesPurge: raisesPurge) {
      let rights = try translating { () throws(PostgresError) in try denied(entry) }
      if !rights.isEmpty { missing.append(ObjectRights(object: entry.object, rights: rights)) }
    }
    return missing
  }

  /// Returns the rights of `entry` that the role does not have. A function of Postgres returns NULL for an
  /// object that does not exist, so such an object lacks nothing.
  private func denied(_ entry: ObjectRights) throws(PostgresError) -> [String] {
    let oid = "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    let (holds, names): (String, [String]) =
      switch entry.object {
      case .database: ("has_database_privilege(current_database(), r)", [])
      case .schema:
        ("has_schema_privilege((SELECT oid FROM pg_namespace WHERE nspname = $1), r)", [schema])
      case .sequence(let name):
        ("has_sequence_privilege(\(oid) WHERE nspname = $1 AND relname = $2), r)", [schema, name])
      case .table(let name):
        ("has_table_privilege(\(oid) WHERE nspname = $1 AND relname = $2), r)", [schema, name])
      }
    let rights = entry.rights.map { "'\($0)'" }.joined(separator: ", ")
    let answer = try connection.query(
      "SELECT r FROM unnest(ARRAY[\(rights)]) WITH ORDINALITY AS wanted (r, n) WHERE NOT \(holds) ORDER BY n",
      names.map { .text($0) })
    return (0..<answer.rowCount).compactMap { answer.string($0, 0) }
  }

  private func failure(_ missing: [ObjectRights]) throws(SchemaError) -> SchemaError {
    precondition(!missing.isEmpty, "a failure names a right")
    return try translating { () throws(PostgresError) in
      let names = try connection.query("SELECT quote_ident(current_user), quote_ident(current_database())")
      let (role, database) = (names.string(0, 0) ?? "", names.string(0, 1) ?? "")
      let schema = try connection.quoted(identifier: schema)
      return .missingRights(
        role: role, rights: missing.map { $0.description(schema: schema, database: database) },
        grants: missing.map { $0.grant(to: role, schema: schema, database: database) })
    }
  }

  private var schema: String { connection.settings.schema }

  private func translating<Value>(
    _ body: () throws(PostgresError) -> Value
  ) throws(SchemaError) -> Value {
    do {
      return try body()
    } catch {
      throw SchemaError(error)
    }
  }
}
