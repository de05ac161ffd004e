import Foundation
import TestSupport
import Testing

/// Tests of two servers over one database, of which one at a time does maintenance.
struct MaintenanceTakeoverTests {
  private let arguments = ["--retention-age", "1s"]
  private let events = "SELECT count(*) FROM sluice.events"

  /// The round of the first server waits for a lock, so that the server is killed in the middle of the round.
  @Test func aServerTakesMaintenanceOverWhenTheLeaseOfAKilledServerEnds() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: arguments) { killed in
        async let locking: Void = lockDeadEvents(conninfo)
        let (exit, _, errors) = try await publish(to: killed.tcpPort, ["--events", "2000"])
        #expect(exit == .status(0), "\(errors)")
        let holder = try await holderInARound(conninfo)
        killed.program.send(SIGKILL)
        _ = try await killed.program.exit()
        try await unlockDeadEvents(conninfo)
        await locking
        // The lease must not end while the other server starts, however long that takes on a busy machine.
        _ = try await extend(holder, by: "1 h", conninfo)
        try await Daemon.run(over: conninfo, arguments: arguments) { _ in
          let end = try await extend(holder, by: "4 s", conninfo)
          let early = """
            SELECT count(*) FROM sluice.leases
            WHERE holder <> '\(holder)' AND clock_timestamp() < timestamptz '\(end)'
            """
          var earlyHolders = 0
          try await waitUntil {
            earlyHolders += try await SQL.value(early, on: conninfo) == "0" ? 0 : 1
            return try await SQL.value(events, on: conninfo) == "0"
          }
          #expect(earlyHolders == 0, "the lease was taken over before its end")
        }
      }
    }
  }

  /// Sets the end of the lease. Returns the time of the end.
  private func extend(_ holder: String, by time: String, _ conninfo: String) async throws -> String {
    try await SQL.value(
      """
      UPDATE sluice.leases SET held_until = clock_timestamp() + interval '\(time)'
      WHERE holder = '\(holder)' RETURNING held_until
      """, on: conninfo)
  }

  /// Locks the table until `unlockDeadEvents`, which ends the session with an error.
  private func lockDeadEvents(_ conninfo: String) async {
    _ = try? await SQL.run(
      "BEGIN; LOCK TABLE sluice.dead_events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)", on: conninfo)
  }

  private func unlockDeadEvents(_ conninfo: String) async throws {
    try await SQL.run(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'BEGIN; LOCK%'
      """, on: conninfo)
  }

  /// Waits until a round holds the lease and waits for the lock.
  private func holderInARound(_ conninfo: String) async throws -> String {
    let sql = """
      SELECT holder FROM sluice.leases WHERE held_until > clock_timestamp() AND EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
          AND query LIKE '%dead_events%' AND application_name = 'sluice')
      """
    var found: String?
    try await waitUntil {
      found = try await SQL.run(sql, on: conninfo).first?.first ?? nil
      return found != nil
    }
    return try #require(found)
  }
}
