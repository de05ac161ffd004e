/// Compares what the database holds with what the producers sent and were told.
///
/// Pure: rows are put in one by one, in any order, then `findings` says what is wrong.
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

  private let lanes: [LaneModel]
  private let recipes: [BatchRecipe]
  private var ledger: [Int64: LedgerRow] = [:]
  private var events: [StoredEvent] = []
  /// The ledger's row of each publication that was stored, from its marker.
  private var batchIDs: [Publication: Int64] = [:]
  private var dead: [Int64: Int] = [:]
  private var problems = FindingList()

  init(_ lanes: [LaneModel], seed: UInt64) {
    self.lanes = lanes
    recipes = lanes.map { BatchRecipe(seed: seed, lane: $0.lane) }
  }

  mutating func add(_ row: LedgerRow) {
    if ledger.updateValue(row, forKey: row.batchID) != nil {
      problems.add(.counts, "two rows of the ledger have the batch id \(row.batchID)")
    }
  }

  /// A row of `dead_events`.
  mutating func addDead(batchID: Int64) {
    dead[batchID, default: 0] += 1
  }

  /// A row of `events`.
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

  /// Everything that is wrong, and what was counted.
  mutating func finish() -> (findings: FindingList, totals: StoreTotals) {
    checkPublications()
    checkLedger()
    checkEvents()
    checkKeys()
    var totals = StoreTotals(
      batches: ledger.count, received: 0, unique: 0, duplicate: 0, dead: 0,
      rows: events.count + batchIDs.count)
    for row in ledger.values {
      totals.received += row.received
      totals.unique += row.unique
      totals.duplicate += row.duplicate
      totals.dead += row.dead
    }
    return (problems, totals)
  }

  /// What producers were told against the ledger.
  private mutating func checkPublications() {
    for (lane, recipe) in zip(lanes, recipes) {
      for publication in lane.toldTwice { problems.add(.counts, "\(publication) was answered twice") }
      for ordinal in lane.unsettled { problems.add(.unsettled, "lane \(lane.lane), batch \(ordinal)") }
      for (publication, told) in lane.told {
        guard let batchID = batchIDs[publication], let row = ledger[batchID] else {
          problems.add(.lost, "\(publication) was said to be committed, and is not in the database")
          continue
        }
        let counts = Told.Counts(unique: row.unique, duplicate: row.duplicate, dead: row.dead)
        if told.received != row.received || told.counts ?? counts != counts {
          problems.add(.counts, "\(publication) was told \(told), the ledger says \(row)")
        }
        let size = recipe.size(of: publication.ordinal)
        if row.received != size.events + 1 || row.dead != size.dead {
          problems.add(.counts, "\(publication) has \(size) beside its marker, the ledger says \(row)")
        }
        if row.producer != lane.producers[publication.incarnation] {
          problems.add(.counts, "\(publication) is in the ledger under another producer, \(row.producer)")
        }
      }
    }
  }

  /// Each row of the ledger belongs to one publication, and its counts to what is stored.
  private mutating func checkLedger() {
    let sent = Set(lanes.flatMap(\.sent))
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

  /// Each event is stored under the publication that sent it.
  private mutating func checkEvents() {
    let publications = Dictionary(batchIDs.map { ($1, $0.code) }, uniquingKeysWith: { first, _ in first })
    for event in events where publications[event.batchID] != event.publication {
      problems.add(
        .content,
        "the event \(event.key) of \(Publication(code: event.publication)) is stored under another batch")
    }
  }

  /// The stored keys are the sent keys, each once.
  private mutating func checkKeys() {
    var expected: [UInt64] = []
    for (lane, recipe) in zip(lanes, recipes) {
      for ordinal in lane.ordinals {
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

/// The sums of the ledger, and the rows of `events`.
struct StoreTotals: Hashable, Sendable {
  var batches: Int
  var received: Int
  var unique: Int
  var duplicate: Int
  var dead: Int
  var rows: Int
}
