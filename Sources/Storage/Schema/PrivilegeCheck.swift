internal import PostgresClient

/// Checks once at the start that the database role has the rights which the running program needs, because an
/// error at the start is clearer than a writer that waits for ever.
struct PrivilegeCheck {
  let connection: PostgresConnection
  /// Whether dead events are deleted by age.
  var deletesDeadEvents = false

  /// - Throws: `SchemaError.missingRight` for the first right that is missing.
  func run() throws(SchemaError) {
    do {
      try check()
    } catch let error as SchemaError {
      throw error
    } catch let error as PostgresError {
      throw SchemaError(error)
    } catch {
      throw SchemaError.unavailable("\(error)")
    }
  }

  private func check() throws {
    let names = try connection.query(
      """
      SELECT quote_ident(current_user), quote_ident(current_database()),
        has_schema_privilege($1, 'USAGE'), has_database_privilege(current_database(), 'TEMPORARY')
      """, [.text(connection.settings.schema)])
    let role = names.string(0, 0) ?? ""
    let database = names.string(0, 1) ?? ""
    let schema = try connection.quoted(identifier: connection.settings.schema)
    try require(names.isTrue(0, 2), "use schema \(schema)", "GRANT USAGE ON SCHEMA \(schema) TO \(role)")
    try require(
      names.isTrue(0, 3), "make temporary tables", "GRANT TEMPORARY ON DATABASE \(database) TO \(role)")
    try require(
      holds("SELECT has_sequence_privilege($1, 'USAGE')", "\(schema).group_ids"),
      "use sequence group_ids", "GRANT USAGE ON SEQUENCE \(schema).group_ids TO \(role)")
    for (table, rights) in Self.tables + (deletesDeadEvents ? [("dead_events", ["DELETE"])] : []) {
      for right in rights {
        try require(
          holds("SELECT has_table_privilege($1, '\(right)')", "\(schema).\(table)"),
          "\(right) on \(table)", "GRANT \(right) ON \(schema).\(table) TO \(role)")
      }
    }
  }

  private func holds(_ sql: String, _ name: String) throws -> Bool {
    try connection.query(sql, [.text(name)]).isTrue(0, 0)
  }

  private func require(_ holds: Bool, _ right: String, _ grant: String) throws(SchemaError) {
    guard holds else { throw SchemaError.missingRight(right, grant: grant) }
  }

  /// Rights that writers, readers and maintenance need on each table.
  private static let tables: [(String, [String])] = [
    ("events", ["SELECT", "INSERT", "DELETE"]),
    ("producers", ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("batches", ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("dead_events", ["SELECT", "INSERT"]),
    ("topic_spans", ["SELECT", "INSERT", "DELETE"]),
    ("counters", ["SELECT", "INSERT", "UPDATE"]),
    ("store", ["SELECT"]),
  ]
}
