internal import Ingest

/// One round of maintenance on one connection, a few thousand rows in each transaction.
final class MaintenanceRound {
  private let connection: PostgresConnection
  private let settings: MaintenanceSettings
  private let stop: StopSignal

  /// How far it came, and what the round before left behind.
  var progress = MaintenanceProgress()
  /// What it did so far.
  private(set) var counts = MaintenanceCounts()

  /// The class of the advisory lock ("slum"); its object is a hash of the schema's name.
  private static let lockClass: Int32 = 0x736C_756D

  init(connection: PostgresConnection, settings: MaintenanceSettings, stop: StopSignal) {
    self.connection = connection
    self.settings = settings
    self.stop = stop
  }

  /// Takes the lock, which the connection holds until its end.
  /// - Returns: false when another server is at work.
  func begin() throws(PostgresError) -> Bool {
    try connection.query(
      "SELECT pg_try_advisory_lock($1, hashtext($2))",
      [.int(Self.lockClass), .text(connection.settings.schema)]
    ).isTrue(0, 0)
  }

  /// Prunes, forgets and deletes whatever is due.
  func run() throws(PostgresError) {
    try pruneLedger()
    try forgetProducers()
    if let age = settings.eventsKeep {
      let table = AgedTable.events(connection)
      try delete(from: table, olderThan: age, window: \.events, count: \.expiredEvents)
      try deleteSpans(of: table, olderThan: age)
    }
    if let age = settings.deadEventsKeep {
      let table = AgedTable.deadEvents(connection)
      try delete(from: table, olderThan: age, window: \.deadEvents, count: \.expiredDeadEvents)
    }
  }

  private func pruneLedger() throws(PostgresError) {
    let pruning = LedgerPruning(connection: connection, keep: settings.ledgerKeep)
    var isAtEnd = false
    while !isAtEnd, !stop.isSet {
      isAtEnd = try pruning.readPage(&progress.ledger)
      counts.prunedBatches += try pruning.prune(&progress.ledger)
    }
  }

  private func forgetProducers() throws(PostgresError) {
    let forgetting = ProducerForgetting(connection: connection)
    for (kind, age) in [
      (ProducerForgetting.Kind.singleBatch, settings.ledgerKeep), (.lasting, settings.producersKeep),
    ] {
      var forgotten = ProducerForgetting.pageRows
      while forgotten == ProducerForgetting.pageRows, !stop.isSet {
        forgotten = try forgetting.forget(kind, unseenFor: age)
        counts.forgottenProducers += forgotten
      }
    }
  }

  private func deleteSpans(of events: AgedTable, olderThan age: Duration) throws(PostgresError) {
    let end = try events.bounds(age: age).end
    while !stop.isSet, try SpanExpiry(connection: connection).delete(before: end) {}
  }

  private func delete(
    from table: AgedTable, olderThan age: Duration,
    window: WritableKeyPath<MaintenanceProgress, AgeWindow>, count: WritableKeyPath<MaintenanceCounts, Int>
  ) throws(PostgresError) {
    let bounds = try table.bounds(age: age)
    progress[keyPath: window].open(from: bounds.first, to: bounds.end)
    while let span = progress[keyPath: window].span, !stop.isSet {
      let deleted = try table.delete(in: span)
      counts[keyPath: count] += deleted
      progress[keyPath: window].deleted(deleted)
    }
  }
}
