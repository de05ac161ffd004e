/// Compares the contents of the database with the batches that the producers sent and with the answers that
/// they received.
///
/// Reads nothing by itself: the caller adds the rows one by one, in any order. Then `finish` returns the
/// findings.
struct StoreCheck {
  /// A row of the ledger.
  struct LedgerRow: Hashable, Sendable {
    var batchID: Int64
    var producer: String
    var received: Int
    var unique: Int
    var duplicate: Int
    var dead: Int
  }

  private struct StoredEvent {
    let key: UInt64
    let publication: UInt64
    let batchID: Int64
  }

  private let workers: [WorkerModel]
  private let recipes: [BatchRecipe]
  private let changes: [LineageChange]
  /// Publications that were lost with a lineage and whose loss is permitted; see `isExcused`.
  private var excused: Set<Publication> = []
  private var ledger: [Int64: LedgerRow] = [:]
  private var events: [StoredEvent] = []
  /// Batch id of each stored publication, from its marker.
  private var batchIDs: [Publication: Int64] = [:]
  private var dead: [Int64: Int] = [:]
  private var problems = FindingList()

  /// - Parameter changes: Changes of lineage in the run.
  init(_ workers: [WorkerModel], seed: UInt64, changes: [LineageChange] = []) {
    self.workers = workers
    self.changes = changes
    recipes = workers.map { BatchRecipe(seed: seed, worker: $0.worker) }
  }

  mutating func add(_ row: LedgerRow) {
    if ledger.updateValue(row, forKey: row.batchID) != nil {
      problems.add(.counts, "two rows of the ledger have the batch id \(row.batchID)")
    }
  }

  /// Adds a row of `dead_events`.
  mutating func addDead(batchID: Int64) {
    dead[batchID, default: 0] += 1
  }

  /// Adds a row of `events`.
  mutating func addEvent(
    topic: some Collection<UInt8>, id: some Collection<UInt8>, batchID: Int64,
    payload: some RandomAccessCollection<UInt8>
  ) {
    guard let key = EventText.number(id), let (code, keyInPayload) = EventText.numbers(inPayload: payload),
      key == keyInPayload
    else {
      return problems.add(.content, "a stored event is not as it was sent: \(Array(id)) \(Array(payload))")
    }
    if topic.elementsEqual(EventText.markerTopic.utf8) {
      let publication = Publication(code: code)
      if batchIDs.updateValue(batchID, forKey: publication) != nil {
        problems.add(.doubled, "\(publication) is stored twice")
      }
    } else if topic.elementsEqual(EventText.topic(ofKey: key).utf8) {
      events.append(StoredEvent(key: key, publication: code, batchID: batchID))
    } else {
      problems.add(.content, "the event \(key) is stored under another topic")
    }
  }

  /// Returns all findings and the totals.
  mutating func finish() -> (findings: FindingList, totals: StoreTotals) {
    checkPublications()
    checkLedger()
    checkEvents()
    checkKeys()
    var totals = StoreTotals(
      batches: ledger.count, received: 0, unique: 0, duplicate: 0, dead: 0,
      rows: events.count + batchIDs.count, excused: excused.count)
    for row in ledger.values {
      totals.received += row.received
      totals.unique += row.unique
      totals.duplicate += row.duplicate
      totals.dead += row.dead
    }
    return (problems, totals)
  }

  /// Checks that the ledger agrees with the answers that producers received.
  private mutating func checkPublications() {
    for (worker, recipe) in zip(workers, recipes) {
      for publication in worker.toldTwice { problems.add(.counts, "\(publication) was answered twice") }
      for ordinal in worker.unsettled {
        problems.add(.unsettled, "worker \(worker.worker), batch \(ordinal)")
      }
      for (publication, told) in worker.told {
        guard let batchID = batchIDs[publication], let row = ledger[batchID] else {
          if isExcused(publication, told, worker) {
            excused.insert(publication)
          } else {
            problems.add(.lost, "\(publication) was said to be committed, and is not in the database")
          }
          continue
        }
        let counts = Told.Counts(unique: row.unique, duplicate: row.duplicate, dead: row.dead)
        // A batch that was lost with a lineage and is still in the producer's spool is stored again, with
        // other numbers of duplicates.
        let mayDiffer = told.counts ?? counts == counts || isExcused(publication, told, worker)
        if told.received != row.received || !mayDiffer {
          problems.add(.counts, "\(publication) was told \(told), the ledger says \(row)")
        }
        let size = recipe.size(of: publication.ordinal)
        if row.received != size.events + 1 || row.dead != size.dead {
          problems.add(.counts, "\(publication) has \(size) beside its marker, the ledger says \(row)")
        }
        if row.producer != worker.producers[publication.incarnation] {
          problems.add(.counts, "\(publication) is in the ledger under another producer, \(row.producer)")
        }
      }
    }
  }

  /// Whether the loss of a publication is permitted. A change of lineage may have lost it, and its producer
  /// was told of the loss, or ended before it could be told. A producer could be told if it received an
  /// answer in the new lineage.
  private func isExcused(_ publication: Publication, _ told: Told, _ worker: WorkerModel) -> Bool {
    changes.contains { change in
      guard change.mayLose(answerAt: told.at) else { return false }
      let earliest = told.at - LineageChange.journalDelay
      let isNoticed = worker.notices.contains {
        $0.incarnation == publication.incarnation && $0.isLineageLoss && $0.at >= earliest
      }
      return isNoticed
        || !worker.told.contains { other, answer in
          other.incarnation == publication.incarnation && batchIDs[other] != nil
            && answer.at > change.switched + LineageChange.noticeLimit
        }
    }
  }

  /// The batches of a worker that must be stored: all except batches whose answers are all excused.
  private func required(_ worker: WorkerModel) -> Set<Int> {
    let kept = Set(worker.sent.subtracting(excused).filter { worker.told[$0] != nil }.map(\.ordinal))
    let stored = Set(batchIDs.keys.filter { $0.worker == worker.worker }.map(\.ordinal))
    let gone = Set(excused.filter { $0.worker == worker.worker }.map(\.ordinal)).subtracting(kept)
    return worker.ordinals.subtracting(gone.subtracting(stored))
  }

  /// Checks that each row of the ledger belongs to one publication, and that its counts equal the stored
  /// rows.
  private mutating func checkLedger() {
    let sent = Set(workers.flatMap(\.sent))
    let published = Set(batchIDs.values)
    for row in ledger.values where !published.contains(row.batchID) {
      problems.add(.doubled, "the ledger counts a publication once more: \(row)")
    }
    for (publication, batchID) in batchIDs {
      if !sent.contains(publication) { problems.add(.content, "\(publication) was never sent") }
      if ledger[batchID] == nil { problems.add(.counts, "\(publication) is not in the ledger") }
    }
    var stored: [Int64: Int] = [:]
    for event in events { stored[event.batchID, default: 0] += 1 }
    for batchID in batchIDs.values { stored[batchID, default: 0] += 1 }
    for row in ledger.values {
      if row.received != row.unique + row.duplicate + row.dead {
        problems.add(.counts, "the law does not hold in \(row)")
      }
      if row.unique != stored[row.batchID] ?? 0 {
        problems.add(.counts, "\(stored[row.batchID] ?? 0) events are stored of \(row)")
      }
      if row.dead != dead[row.batchID] ?? 0 {
        problems.add(.counts, "\(dead[row.batchID] ?? 0) dead events are stored of \(row)")
      }
    }
  }

  /// Checks that each event is stored under the publication that sent it.
  private mutating func checkEvents() {
    let publications = Dictionary(batchIDs.map { ($1, $0.code) }, uniquingKeysWith: { first, _ in first })
    for event in events where publications[event.batchID] != event.publication {
      problems.add(
        .content,
        "the event \(event.key) of \(Publication(code: event.publication)) is stored under another batch")
    }
  }

  /// Checks that the stored keys are the sent keys, each once.
  private mutating func checkKeys() {
    var expected: [UInt64] = []
    for (worker, recipe) in zip(workers, recipes) {
      for ordinal in required(worker) {
        for case .good(let key) in recipe.items(of: ordinal) { expected.append(key) }
      }
    }
    expected.sort()
    let stored = events.map(\.key).sorted()
    var (next, previous): (Int, UInt64?) = (0, nil)
    for key in expected where key != previous {
      previous = key
      while next < stored.count, stored[next] < key {
        problems.add(.content, "the stored event \(stored[next]) was never sent")
        next += 1
      }
      guard next < stored.count, stored[next] == key else {
        problems.add(.lost, "the event \(key) is not stored")
        continue
      }
      next += 1
      while next < stored.count, stored[next] == key {
        problems.add(.doubled, "the event \(key) is stored twice")
        next += 1
      }
    }
    for key in stored.dropFirst(next) { problems.add(.content, "the stored event \(key) was never sent") }
  }
}

/// The sums of the ledger, and the number of rows of `events`.
struct StoreTotals: Hashable, Sendable {
  var batches: Int
  var received: Int
  var unique: Int
  var duplicate: Int
  var dead: Int
  var rows: Int
  /// Number of publications that were lost with a lineage and whose loss is permitted.
  var excused = 0
}
