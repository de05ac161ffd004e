internal import WireProtocol

/// What a database says about itself: which one it is, what its COMMIT promises, how it keeps payloads.
struct StoreIdentity: Hashable, Sendable {
  /// Which database this is.
  let lineage: Lineage
  /// The settings that decide what a crash can take, as this connection runs.
  let durability: Durability
  /// The type of `events.payload`.
  let payloadType: PayloadType

  /// Asks the database behind `connection`. Other connections with the same settings run alike.
  static func read(over connection: PostgresConnection) throws(PostgresError) -> StoreIdentity {
    let answer = try connection.query(
      """
      SELECT id, payload_type, current_setting('synchronous_commit'), current_setting('fsync'),
        has_function_privilege('pg_control_system()', 'EXECUTE')
          AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE'),
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
      FROM store
      """)
    guard answer.rowCount == 1, let store = answer.uuid(0, 0), let payload = answer.string(0, 1),
      let payloadType = PayloadType(rawValue: payload)
    else {
      throw PostgresError(
        state: .none, message: "the table \"store\" does not hold its one row", isConnectionLost: false)
    }
    // The name of the file written to begins with the timeline, 8 hexadecimal digits. The one in the
    // control file is that of the last checkpoint, which lags behind a promotion.
    let timeline = answer.string(0, 5).flatMap { UInt32($0, radix: 16) } ?? 0
    // Managed databases may keep the control file to themselves: then the store's own identity must do.
    let system = answer.isTrue(0, 4) ? try systemIdentifier(over: connection) : store.high
    return StoreIdentity(
      lineage: Lineage(system: system, timeline: timeline, store: store),
      durability: Durability(
        synchronousCommit: .init(setting: answer.string(0, 2) ?? ""), fsync: answer.string(0, 3) == "on"),
      payloadType: payloadType)
  }

  private static func systemIdentifier(
    over connection: PostgresConnection
  ) throws(PostgresError) -> UInt64 {
    let answer = try connection.query("SELECT system_identifier FROM pg_control_system()")
    return UInt64(bitPattern: answer.integer(0, 0) ?? 0)
  }
}

extension Durability.SynchronousCommit {
  /// The value of the setting as `SHOW` prints it; what is not known is taken for the weakest promise.
  init(setting: String) {
    switch setting {
    case "on": self = .on
    case "local": self = .local
    case "remote_write": self = .remoteWrite
    case "remote_apply": self = .remoteApply
    default: self = .off
    }
  }
}
