internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// Identity and settings of a database: its lineage, the promise of its COMMIT, its payload type.
struct StoreIdentity: Hashable, Sendable {
  /// Lineage that tells the database from others.
  let lineage: Lineage
  /// Settings that decide what a crash can lose, as they are on this connection.
  let durability: Durability
  /// Type of `events.payload`.
  let payloadType: PayloadType
  /// Start of the server, in microseconds since 1970. After a restart the server may have other data.
  let startedAt: Int64
  /// The tables, which a restored dump makes anew.
  let tables: Tables
  /// Whether Citus distributes the table `events`.
  let isDistributed: Bool

  /// The condition of the row of `store` in this database. Another table of a restored dump, and a table `events` that
  /// was moved to the workers or back, do not fulfil it.
  var storeCondition: String { "tableoid = \(tables.store) AND (citus <> 'off') = \(isDistributed)" }

  /// The marks of the tables of a schema, which differ from those that a restored dump puts in their place.
  struct Tables: Hashable, Sendable {
    /// The object identifier of the table `store`.
    let store: Int64
    /// The object identifiers of the database and the other tables. VACUUM FULL, CLUSTER and another tablespace
    /// leave them unchanged.
    let others: String
  }

  /// Reads the identity over `connection`. Other connections with the same settings have the same durability.
  static func read(over connection: PostgresConnection) throws(PostgresError) -> StoreIdentity {
    let answer = try connection.query(
      """
      SELECT id, payload_type, current_setting('synchronous_commit'), current_setting('fsync'),
        has_function_privilege('pg_control_system()', 'EXECUTE')
          AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE'),
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
        (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
        tableoid::bigint,
        concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()),
          to_regclass('events')::oid, to_regclass('batches')::oid, to_regclass('producers')::oid),
        citus <> 'off'
      FROM store
      """)
    guard answer.rowCount == 1, let store = answer.producer(0, 0), let payload = answer.string(0, 1),
      let payloadType = PayloadType(rawValue: payload), let startedAt = answer.integer(0, 6),
      let table = answer.integer(0, 7), let others = answer.string(0, 8)
    else {
      throw PostgresError(
        state: .none, message: "the table \"store\" does not hold its one row", isConnectionLost: false)
    }
    // The name of the current WAL file begins with the timeline, 8 hexadecimal digits. The control file has
    // the timeline of the last checkpoint, which may be older after a promotion.
    let timeline = answer.string(0, 5).flatMap { UInt32($0, radix: 16) } ?? 0
    // Managed databases may deny access to the control file. Then the store's own identity is used instead.
    let system = answer.isTrue(0, 4) ? try systemIdentifier(over: connection) : store.high
    return StoreIdentity(
      lineage: Lineage(system: system, timeline: timeline, store: store),
      durability: Durability(
        synchronousCommit: .init(setting: answer.string(0, 2) ?? ""), fsync: answer.string(0, 3) == "on"),
      payloadType: payloadType, startedAt: startedAt, tables: Tables(store: table, others: others),
      isDistributed: answer.isTrue(0, 9))
  }

  private static func systemIdentifier(
    over connection: PostgresConnection
  ) throws(PostgresError) -> UInt64 {
    let answer = try connection.query("SELECT system_identifier FROM pg_control_system()")
    return UInt64(bitPattern: answer.integer(0, 0) ?? 0)
  }
}

extension Durability.SynchronousCommit {
  /// Reads the value as `SHOW` prints it. An unknown value counts as the weakest promise.
  init(setting: String) {
    switch setting {
    case "on": self = .on
    case "local": self = .local
    case "remote_write": self = .remoteWrite
    case "remote_apply": self = .remoteApply
    default: self = .off
    }
  }

  /// Value as `SET` takes it.
  var setting: String {
    switch self {
    case .off: "off"
    case .local: "local"
    case .remoteWrite: "remote_write"
    case .on: "on"
    case .remoteApply: "remote_apply"
    }
  }
}
