internal import Base
internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// One round of maintenance on one connection, a few thousand rows in each transaction. One server at a time
/// does a round, under a lease.
final class MaintenanceRound {
  private let connection: PostgresConnection
  private let settings: MaintenanceSettings
  private let stop: StopSignal
  private let freed: FreedRanges
  private let lease: Lease

  /// Called with the instant since which the oldest event found is overdue; nil when no event is.
  var overdue: (ContinuousClock.Instant?) -> Void = { _ in }

  /// Progress of the round, including what the round before it left to do.
  var progress = MaintenanceProgress()
  /// Counts of what the round has done so far.
  private(set) var counts = MaintenanceCounts()

  /// Whether the round was ended because the lease ran out.
  private(set) var lostLease = false

  /// Name of the lease of a round.
  static let leaseName = "maintenance"

  /// - Parameters:
  ///   - freed: told which block ranges were freed.
  ///   - holder: number of this process as a holder of the lease.
  init(
    connection: PostgresConnection, settings: MaintenanceSettings, freed: FreedRanges = FreedRanges(),
    holder: ProducerID = .randomHolder(), stop: StopSignal
  ) {
    lease = Lease(Self.leaseName, holder: holder, connection: connection)
    self.connection = connection
    self.settings = settings
    self.freed = freed
    self.stop = stop
  }

  /// Takes the lease.
  /// - Returns: False when another server has it.
  func begin() throws(PostgresError) -> Bool {
    try lease.take()
  }

  /// Gives the lease back.
  func end() throws(PostgresError) {
    try lease.giveBack()
  }

  /// Whether the next step may be done: nobody stops the round, and the lease is held.
  private func goesOn() throws(PostgresError) -> Bool {
    guard !stop.isSet, !lostLease else { return false }
    lostLease = !(try lease.isHeld())
    return !lostLease
  }

  /// Notes that producers are connected.
  func note(_ producers: Set<ProducerID>) throws(PostgresError) {
    try ConnectedProducers(connection: connection).note(producers, unseenFor: settings.unseenLimit)
  }

  /// Prunes, forgets and deletes all that is due, as long as the lease is held.
  func run() throws(PostgresError) {
    try pruneLedger()
    try forgetProducers()
    let isDistributed = try connection.query(EventTable.query).isDistributed
    // On Citus such an event would be stored by a transaction of one worker, which is not safe.
    if !isDistributed { try takeDeadEventsBack() }
    if let age = settings.eventsKeep {
      let events = AgedTable.events(connection)
      let spans = AgedTable.spans(connection)
      if isDistributed {
        try deleteDistributed(from: events, olderThan: age)
      } else {
        try delete(from: events, olderThan: age, window: \.events, reporting: true) { $0.expiredEvents += $1 }
      }
      if try goesOn() { overdue(nil) }
      try delete(from: spans, olderThan: age, window: \.spans) { _, _ in }
    }
    if let age = settings.deadEventsKeep {
      let table = AgedTable.deadEvents(connection)
      try delete(from: table, olderThan: age, window: \.deadEvents) { $0.expiredDeadEvents += $1 }
    }
  }

  private func pruneLedger() throws(PostgresError) {
    let pruning = LedgerPruning(connection: connection, keep: settings.ledgerKeep)
    // Notes of a failed round are pruned first, so that notes do not accumulate from round to round.
    if !progress.ledger.declared.isEmpty, try goesOn() {
      counts.prunedBatches += try pruning.prune(&progress.ledger)
    }
    var isAtEnd = false
    while !isAtEnd, try goesOn() {
      isAtEnd = try pruning.readPage(&progress.ledger)
      counts.prunedBatches += try pruning.prune(&progress.ledger)
    }
  }

  private func forgetProducers() throws(PostgresError) {
    let forgetting = ProducerForgetting(connection: connection)
    for (kind, age) in [
      (ProducerForgetting.Kind.singleBatch, settings.ledgerKeep),
      (.unused, min(settings.unusedProducersKeep, settings.producersKeep)),
      (.lasting, settings.producersKeep),
    ] {
      var forgotten = ProducerForgetting.pageRows
      while forgotten == ProducerForgetting.pageRows, try goesOn() {
        forgotten = try forgetting.forget(kind, unseenFor: age)
        counts.forgottenProducers += forgotten
      }
    }
  }

  private func takeDeadEventsBack() throws(PostgresError) {
    let deadEvents = DeadEventReturn(connection: connection)
    guard try deadEvents.isAllowed() else { return }
    for _ in 0..<DeadEventReturn.eventsInRound {
      guard try goesOn(), let ending = try deadEvents.tryNext() else { return }
      if ending == .returned { counts.returnedEvents += 1 }
    }
  }

  private func delete(
    from table: AgedTable, olderThan age: Duration, window: WritableKeyPath<MaintenanceProgress, AgeWindow>,
    reporting: Bool = false, _ count: (inout MaintenanceCounts, Int) -> Void
  ) throws(PostgresError) {
    let bounds = try table.bounds(age: age)
    let opened = ContinuousClock.now
    progress[keyPath: window].open(from: bounds.first, to: bounds.end)
    while let span = progress[keyPath: window].span, try goesOn() {
      let found = try table.find(in: span)
      if reporting { report(oldest: found.oldest, bounds, opened) }
      var inStep = 0
      for start in stride(from: 0, to: found.ranges.count, by: AgedTable.rangesAtOnce) where try goesOn() {
        let some = found.ranges[start..<min(start + AgedTable.rangesAtOnce, found.ranges.count)]
        let ripe = try table.ripe(some, bounds)
        let deleted = try table.delete(from: ripe[...], before: bounds.end)
        freed.add(ripe, rows: deleted, of: table.name)
        count(&counts, deleted)
        inStep += deleted
      }
      guard try goesOn() else { return }
      // Rows that wait are found again in the next round. Searching for them again now would find the same.
      progress[keyPath: window].deleted(inStep > 0 ? found.rows : 0)
    }
  }
}

extension MaintenanceRound {
  /// Deletes old events on Citus by their times of storing, because a block range is of one shard and nobody knows which
  /// rows it has. A step with too many rows is halved, down to one second.
  fileprivate func deleteDistributed(from table: AgedTable, olderThan age: Duration) throws(PostgresError) {
    let bounds = try table.bounds(age: age)
    let opened = ContinuousClock.now
    progress.events.open(from: bounds.first, to: bounds.end)
    while let span = progress.events.span, try goesOn() {
      let found = try table.findDistributed(in: span)
      report(oldest: found.oldest, bounds, opened)
      if found.rows > 0, found.rows < AgeWindow.rows || progress.events.isNarrowest {
        counts.expiredEvents += try table.deleteDistributed(span)
        progress.events.deleted(0)
      } else {
        progress.events.deleted(found.rows)
      }
    }
  }

  /// Reports since when the oldest event found is overdue.
  fileprivate func report(
    oldest: Int64?, _ bounds: AgedTable.Bounds, _ opened: ContinuousClock.Instant
  ) {
    guard let oldest else { return }
    // Rows copied from another database may have any time, so the subtraction may overflow.
    let late = bounds.latest.subtractingReportingOverflow(oldest)
    overdue(opened - .microseconds(max(0, late.overflow ? 0 : late.partialValue)))
  }
}

extension ProducerID {
  /// A random number of a process as a holder of leases.
  static func randomHolder() -> ProducerID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }
}
