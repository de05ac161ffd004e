internal import Base
internal import Ingest
internal import Logging
internal import PostgresClient
internal import WireProtocol

/// Runs rounds of maintenance, one after the other, on a thread of its own. With several servers, the first
/// one does a round, and the others find it done.
final class Maintenance {
  private let connection: ConnectionSettings
  private let settings: MaintenanceSettings
  private let activity: IngestActivity
  private let health: IngestHealth
  private let freed: FreedRanges
  private let stop: StopSignal
  private let connected: @Sendable () -> Set<ProducerID>
  private let logger: Logger
  private var progress = MaintenanceProgress()
  private let holder: ProducerID

  /// - Parameters:
  ///   - health: told when retention is overdue.
  ///   - freed: told which block ranges were freed.
  ///   - holder: number of this process as a holder of the lease.
  ///   - stop: ends the rounds, also within a round.
  ///   - connected: returns the producers that have a connection to this server.
  init(
    _ connection: ConnectionSettings, _ settings: MaintenanceSettings, activity: IngestActivity,
    health: IngestHealth = IngestHealth(), freed: FreedRanges = FreedRanges(),
    holder: ProducerID = .randomHolder(), stop: StopSignal,
    connected: @escaping @Sendable () -> Set<ProducerID> = { [] }, logger: Logger
  ) {
    self.connection = connection
    self.settings = settings
    self.activity = activity
    self.health = health
    self.freed = freed
    self.holder = holder
    self.stop = stop
    self.connected = connected
    self.logger = logger
  }

  /// Runs rounds until `stop` is set.
  func run() {
    while !stop.isSet {
      let begin = ContinuousClock.now
      var isBehind = false
      do throws(PostgresError) {
        let deleted = try runRound()
        // A round that took longer than the pause leaves as much to do as it found, so the next one starts at
        // once.
        isBehind = deleted > 0 && begin.duration(to: .now) >= settings.pause
      } catch {
        // Logged at debug only, because the writers report the same outage at a higher level. The next round
        // begins where this one did.
        logger.log(.debug, "maintenance waits for the database", [.error: "\(error.message)"])
        if let oldest = activity.snapshot().overdueSince { reportOverdue(oldest, error.message) }
      }
      if !isBehind { stop.pause(for: settings.pause) }
    }
  }

  /// Reports to figures and health since when the oldest event is overdue; nil when no event is.
  private func reportOverdue(_ since: ContinuousClock.Instant?, _ reason: String? = nil) {
    activity.retentionIsOverdue(since: since)
    let now = ContinuousClock.now
    guard let since, let limit = settings.overdueLimit, since.duration(to: now) >= limit else {
      return health.end(Self.component)
    }
    let late = since.duration(to: now).components.seconds
    let why = reason.map { ": \($0)" } ?? " because the database deletes less than is stored"
    health.report(
      Self.component, .retention, "events are still stored \(late) s after their age\(why)", since: since,
      at: now)
  }

  private static let component = "retention"

  /// - Returns: Number of rows deleted because of their age.
  private func runRound() throws(PostgresError) -> Int {
    let round = MaintenanceRound(
      connection: try PostgresConnection(connection), settings: settings, freed: freed, holder: holder,
      stop: stop)
    // Each server notes its own producers, also while another server does the round.
    try round.note(connected())
    guard try round.begin() else {
      // Only the server that does the rounds knows what is overdue.
      reportOverdue(nil)
      return 0
    }
    defer { progress = round.progress }
    round.progress = progress
    round.overdue = { [self] in reportOverdue($0) }
    do throws(PostgresError) {
      try round.run()
      try round.end()
      report(round.counts)
      if round.lostLease {
        logger.log(.info, "a round of maintenance ended early, because its lease ran out", [:])
      }
      return round.counts.expiredEvents + round.counts.expiredDeadEvents
    } catch {
      // The lease ends by itself if the database does not answer.
      try? round.end()
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
        .returnedEvents: "\(counts.returnedEvents)",
      ])
  }
}

/// Progress of maintenance. Keeping it only saves time: a server without it starts from the beginning.
struct MaintenanceProgress {
  /// Place up to which the ledger was read.
  var ledger = LedgerWalk()
  /// Time up to which events were deleted.
  var events = AgeWindow()
  /// Time up to which dead events were deleted.
  var deadEvents = AgeWindow()
  /// Time up to which spans were deleted.
  var spans = AgeWindow()
}
