import Testing

@testable import Torture

/// The comparison finds each kind of mistake in the database.
struct StoreCheckTests {
  /// The rows of a database after two batches of one worker, and the model of the worker.
  struct World {
    var ledger: [StoreCheck.LedgerRow] = []
    var events: [(topic: [UInt8], id: [UInt8], batchID: Int64, payload: [UInt8])] = []
    var dead: [Int64] = []
    var entries: [Journal.Entry] = [.begins(incarnation: 0, producer: "p")]

    init() {
      let recipe = BatchRecipe(seed: 1, worker: 0)
      var known: Set<UInt64> = []
      for ordinal in 0..<2 {
        let publication = Publication(worker: 0, incarnation: 0, ordinal: ordinal)
        let batchID = Int64(ordinal + 1) << 16
        add(EventText.markerTopic, publication.code, batchID, publication)
        var row = StoreCheck.LedgerRow(
          batchID: batchID, producer: "p", received: 1, unique: 1, duplicate: 0, dead: 0)
        for item in recipe.items(of: ordinal) {
          row.received += 1
          switch item {
          case .bad:
            dead.append(batchID)
            row.dead += 1
          case .good(let key) where known.insert(key).inserted:
            add(EventText.topic(ofKey: key), key, batchID, publication)
            row.unique += 1
          case .good: row.duplicate += 1
          }
        }
        ledger.append(row)
        let counts = Told.Counts(unique: row.unique, duplicate: row.duplicate, dead: row.dead)
        entries += [
          .sends(publication),
          .told(publication, Told(received: row.received, counts: counts, isReplay: false, at: 1_000)),
        ]
      }
    }

    private mutating func add(_ topic: String, _ key: UInt64, _ batchID: Int64, _ publication: Publication) {
      events.append(
        (Array(topic.utf8), EventText.hexadecimal(key), batchID, EventText.payload(publication, key: key)))
    }

    func check(_ changes: [LineageChange] = []) -> (findings: FindingList, totals: StoreTotals) {
      var check = StoreCheck([WorkerModel(worker: 0, entries)], seed: 1, changes: changes)
      for row in ledger { check.add(row) }
      for event in events {
        check.addEvent(topic: event.topic, id: event.id, batchID: event.batchID, payload: event.payload)
      }
      for batchID in dead { check.addDead(batchID: batchID) }
      return check.finish()
    }
  }

  /// A mistake that is added to a world, and the findings that it must cause.
  struct Mistake: Sendable, CustomStringConvertible {
    let description: String
    let finding: FindingList.Sort
    let make: @Sendable (inout World) -> Void
  }

  static let mistakes = [
    Mistake(description: "an event is missing", finding: .lost) { $0.events.removeLast() },
    Mistake(description: "a marker is missing", finding: .lost) { $0.events.removeFirst() },
    Mistake(description: "an event is there twice", finding: .doubled) { $0.events.append($0.events[5]) },
    Mistake(description: "a batch is counted again", finding: .doubled) { world in
      var row = world.ledger[0]
      (row.batchID, row.producer) = (99, "q")
      world.ledger.append(row)
    },
    Mistake(description: "a count is wrong", finding: .counts) { world in
      world.ledger[0].unique -= 1
      world.ledger[0].duplicate += 1
    },
    Mistake(description: "the law is broken", finding: .counts) { $0.ledger[1].received += 1 },
    Mistake(description: "the producer is another", finding: .counts) { $0.ledger[1].producer = "q" },
    Mistake(description: "a dead event is missing", finding: .counts) { $0.dead.removeLast() },
    Mistake(description: "an event has another batch", finding: .content) { $0.events[3].batchID = 2 << 16 },
    Mistake(description: "an event is nobody's", finding: .content) { world in
      let publication = Publication(worker: 0, incarnation: 0, ordinal: 0)
      world.events.append(
        (
          Array(EventText.topic(ofKey: 1).utf8), EventText.hexadecimal(1), 1 << 16,
          EventText.payload(publication, key: 1)
        ))
    },
    Mistake(description: "a payload is another's", finding: .content) { world in
      world.events[3].payload = world.events[4].payload
    },
    Mistake(description: "a topic is wrong", finding: .content) { $0.events[3].topic = Array("x".utf8) },
    Mistake(description: "an answer never came", finding: .unsettled) { $0.entries.removeLast() },
    Mistake(description: "an answer came twice", finding: .counts) { world in
      if let last = world.entries.last { world.entries.append(last) }
    },
  ]

  @Test func aRightDatabaseHasNothingWrong() {
    let world = World()
    let (findings, totals) = world.check()
    #expect(findings.isEmpty, "\(findings.texts)")
    #expect(totals.rows == world.events.count)
    #expect(totals.batches == 2)
    #expect(totals.received == totals.unique + totals.duplicate + totals.dead)
  }

  @Test(arguments: mistakes) func eachMistakeIsFound(_ mistake: Mistake) {
    var world = World()
    mistake.make(&world)
    let findings = world.check().findings
    #expect(findings[mistake.finding] > 0, "\(findings.texts)")
  }
}
