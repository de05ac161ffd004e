internal import Ingest
internal import Logging

/// Rounds of maintenance, one after the other, on a thread of its own. Whichever server comes first does a
/// round; the others find it done.
final class Maintenance {
  private let connection: ConnectionSettings
  private let settings: MaintenanceSettings
  private let activity: IngestActivity
  private let stop: StopSignal
  private let logger: Logger
  private var progress = MaintenanceProgress()

  /// - Parameter stop: ends it, also within a round.
  init(
    _ connection: ConnectionSettings, _ settings: MaintenanceSettings, activity: IngestActivity,
    stop: StopSignal, logger: Logger
  ) {
    self.connection = connection
    self.settings = settings
    self.activity = activity
    self.stop = stop
    self.logger = logger
  }

  /// Works until it is told to stop.
  func run() {
    while !stop.isSet {
      do throws(PostgresError) {
        try runRound()
      } catch {
        // The writers say so, too, and louder. The next round begins where this one did.
        logger.log(.debug, "maintenance waits for the database", [.error: "\(error.message)"])
      }
      stop.pause(for: settings.pause)
    }
  }

  private func runRound() throws(PostgresError) {
    let round = MaintenanceRound(
      connection: try PostgresConnection(connection), settings: settings, stop: stop)
    guard try round.begin() else { return }
    defer { progress = round.progress }
    round.progress = progress
    do throws(PostgresError) {
      try round.run()
      report(round.counts)
    } catch {
      report(round.counts)
      throw error
    }
  }

  private func report(_ counts: MaintenanceCounts) {
    guard counts != MaintenanceCounts() else { return }
    activity.maintained(counts)
    logger.log(
      .info, "maintenance",
      [
        .prunedBatches: "\(counts.prunedBatches)", .forgottenProducers: "\(counts.forgottenProducers)",
        .expiredEvents: "\(counts.expiredEvents)", .expiredDeadEvents: "\(counts.expiredDeadEvents)",
      ])
  }
}

/// How far maintenance came: only quicker, a server that knows nothing begins from the beginning.
struct MaintenanceProgress {
  /// Where the ledger was read to.
  var ledger = LedgerWalk()
  /// Up to where events were deleted.
  var events = AgeWindow()
  /// Up to where dead events were deleted.
  var deadEvents = AgeWindow()
}
