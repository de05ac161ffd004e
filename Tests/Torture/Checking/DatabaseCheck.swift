/// Reads the tables into a `StoreCheck`, and compares the sums that the database keeps.
struct DatabaseCheck {
  let database: Database
  let workers: [WorkerModel]
  let seed: UInt64
  /// Changes of lineage in the run.
  var changes: [LineageChange] = []

  /// Reads the tables and compares them with the journals.
  /// - Throws: `SystemFailure` when the tables cannot be read.
  func run() throws -> (findings: FindingList, totals: StoreTotals) {
    var check = StoreCheck(workers, seed: seed, changes: changes)
    try read(into: &check)
    var (findings, totals) = check.finish()
    try compareSums(with: totals, &findings)
    return (findings, totals)
  }

  private func read(into check: inout StoreCheck) throws {
    let ledger = "SELECT batch_id, producer, received, unique_, duplicate, dead FROM sluice.batches"
    for row in try database.query(ledger) {
      let numbers = row.map { $0.flatMap(Int.init) ?? -1 }
      check.add(
        StoreCheck.LedgerRow(
          batchID: Int64(numbers[0]), producer: row[1] ?? "", received: numbers[2], unique: numbers[3],
          duplicate: numbers[4], dead: numbers[5]))
    }
    try database.copy("SELECT batch_id FROM sluice.dead_events") { line in
      check.addDead(batchID: Self.integer(line[...]))
    }
    // Splitting at tabs is safe: this program made the topics, ids and payloads, and they contain no tabs.
    try database.copy("SELECT topic, event_id, payload, batch_id FROM sluice.events") { line in
      let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 3)
      guard fields.count == 4 else { return }
      check.addEvent(
        topic: fields[0], id: fields[1], batchID: Self.integer(fields[3]), payload: fields[2])
    }
  }

  private func compareSums(with totals: StoreTotals, _ findings: inout FindingList) throws {
    let columns = "sum(received), sum(unique_), sum(duplicate), sum(dead)"
    let expected = [totals.received, totals.unique, totals.duplicate, totals.dead].map(String.init)
    let counters = try database.query("SELECT \(columns) FROM sluice.counters")
    if counters != [expected] {
      findings.add(.counts, "the counters are \(counters), the ledger's sums \(expected)")
    }
    if totals.received != totals.unique + totals.duplicate + totals.dead || totals.rows != totals.unique {
      findings.add(.counts, "the law does not hold: \(totals)")
    }
  }

  private static func integer(_ digits: Slice<UnsafeRawBufferPointer>) -> Int64 {
    digits.reduce(0) { $0 * 10 + Int64($1) - 48 }
  }
}
