internal import PostgresClient

/// The catalogs of Citus in a database that has the extension
/// (https://docs.citusdata.com/en/stable/develop/api_metadata.html).
struct CitusCluster: Hashable, Sendable {
  /// The node that the connection leads to: 0 is the coordinator.
  let node: Int64
  /// Number of workers that hold shards.
  let workers: Int
  /// Whether `events` is a distributed table.
  let hasEvents: Bool
  /// Other tables of the schema that Citus knows, separated by commas; nil when there are none.
  let otherTables: String?
  /// Interval at which the coordinator ends transactions that a worker has prepared; negative when it never does.
  let recoveryInterval: Int64

  /// The interval of recovery up to which the live tail is quick, in milliseconds. Events appear in the live tail after
  /// this time.
  static let quickRecovery: Int64 = 3_000

  /// Reads the catalogs.
  /// - Returns: nil when the database does not have the extension.
  static func read(over connection: PostgresConnection) throws(PostgresError) -> CitusCluster? {
    guard try connection.query(isInstalled) else { return nil }
    let schema = try connection.quoted(identifier: connection.settings.schema)
    return try connection.query(catalogs(schema: schema))
  }

  /// Whether the connection leads to a worker, which knows `events` and no other table of the schema.
  static func isWorker(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
    guard try connection.query(isInstalled) else { return false }
    return try connection.query("SELECT coalesce(max(groupid), 0)::bigint FROM pg_dist_local_group").integer(
      0, 0) != 0
  }

  private static let isInstalled = PostgresQuery(
    PostgresStatement("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")
  ) { $0.isTrue(0, 0) }

  private static func catalogs(schema: String) -> PostgresQuery<CitusCluster> {
    let tables =
      "pg_dist_partition JOIN pg_class c ON c.oid = logicalrelid WHERE c.relnamespace = to_regnamespace($1)"
    let statement = PostgresStatement(
      """
      SELECT (SELECT coalesce(max(groupid), 0)::bigint FROM pg_dist_local_group),
        (SELECT count(*) FROM pg_dist_node
          WHERE groupid <> 0 AND noderole = 'primary' AND isactive AND shouldhaveshards),
        EXISTS (SELECT 1 FROM \(tables) AND c.relname = 'events'),
        (SELECT string_agg(c.relname::text, ', ' ORDER BY c.relname) FROM \(tables) AND c.relname <> 'events'),
        (SELECT setting::bigint FROM pg_settings WHERE name = 'citus.recover_2pc_interval')
      """, [.text(schema)])
    return PostgresQuery(statement) { rows in
      CitusCluster(
        node: rows.integer(0, 0) ?? 0, workers: Int(rows.integer(0, 1) ?? 0), hasEvents: rows.isTrue(0, 2),
        otherTables: rows.string(0, 3), recoveryInterval: rows.integer(0, 4) ?? -1)
    }
  }
}
