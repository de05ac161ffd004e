internal import Base
internal import Logging
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// Writes a sign of life of this server into the table `servers`, on a thread of its own, and removes the row at a
/// clean stop. For people: no server decides by it.
final class ServerSign {
  /// Pause between two signs of life. Each is written on a connection of its own.
  static let pause = Duration.seconds(10)
  /// Age of the last sign of life up to which a server counts as alive.
  static let aliveFor = Duration.seconds(30)
  /// Age after which the row of a server that was killed is removed.
  static let keptFor = Duration.seconds(24 * 3_600)

  private let connection: ConnectionSettings
  private let id: ProducerID
  private let server: ServerDescription
  private let stop: StopSignal
  private let logger: Logger

  /// - Parameters:
  ///   - id: random number of this process.
  ///   - stop: ends the thread.
  init(
    _ connection: ConnectionSettings, id: ProducerID, _ server: ServerDescription, stop: StopSignal,
    logger: Logger
  ) {
    self.connection = connection
    self.id = id
    self.server = server
    self.stop = stop
    self.logger = logger
  }

  /// Writes signs of life until `stop` is set.
  func run() {
    while !stop.isSet {
      attempt { link throws(PostgresError) in try write(over: link) }
      stop.pause(for: Self.pause)
    }
    attempt { link throws(PostgresError) in
      _ = try link.query("DELETE FROM servers WHERE id = $1", [.uuid(id)])
    }
  }

  private func attempt(_ body: (PostgresConnection) throws(PostgresError) -> Void) {
    do throws(PostgresError) {
      try body(PostgresConnection(connection))
    } catch {
      // Logged at debug only, because the writers report the same outage at a higher level.
      logger.log(.debug, "no sign of life of this server was written", [.error: "\(error.message)"])
    }
  }

  private func write(over link: PostgresConnection) throws(PostgresError) {
    _ = try link.query(
      """
      INSERT INTO servers (id, name, address, version) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET seen_at = now()
      """,
      [.uuid(id), .text(server.name), .text(server.address), .text(server.version)])
    _ = try link.query(
      "DELETE FROM servers WHERE seen_at < now() - $1::bigint * interval '1 ms'",
      [.bigint(Self.keptFor.wholeMilliseconds)])
  }

  /// Returns the servers with a sign of life within `keptFor`, by address.
  static func list(over link: PostgresConnection) throws(PostgresError) -> [StoredServer] {
    let rows = try link.query(
      """
      SELECT s.id, s.name, s.address, s.version, s.started_at, s.seen_at,
        s.seen_at >= now() - $1::bigint * interval '1 ms',
        EXISTS (SELECT FROM leases l WHERE l.holder = s.id AND l.name = $3 AND l.held_until > now())
      FROM servers s WHERE s.seen_at >= now() - $2::bigint * interval '1 ms'
      ORDER BY s.address, s.started_at LIMIT 1000
      """,
      [
        .bigint(aliveFor.wholeMilliseconds), .bigint(keptFor.wholeMilliseconds),
        .text(MaintenanceRound.leaseName),
      ])
    return (0..<rows.rowCount).compactMap { row in
      guard let id = rows.producer(row, 0) else { return nil }
      return StoredServer(
        id: id,
        description: ServerDescription(
          name: rows.string(row, 1) ?? "", address: rows.string(row, 2) ?? "",
          version: rows.string(row, 3) ?? ""),
        startedAt: rows.time(row, 4) ?? 0, seenAt: rows.time(row, 5) ?? 0, isAlive: rows.isTrue(row, 6),
        doesMaintenance: rows.isTrue(row, 7))
    }
  }
}
