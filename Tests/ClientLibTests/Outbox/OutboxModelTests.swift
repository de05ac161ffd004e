import ModelServer
import Testing
import WireProtocol

@testable import ClientLib

/// Random schedules of publishing, accepting, committing, losing, cutting and reconnecting, against a ledger
/// that is simple enough to be trusted.
@Suite struct OutboxModelTests {
  @Test(arguments: 0..<40) func losesNothingAndStoresNothingTwice(seed: UInt64) throws {
    var run = OutboxSimulation(seed: seed, renews: false)
    for _ in 0..<400 { try run.step() }
    try run.settleEverything()
    #expect(run.ledger.keys.count == run.publishedEvents)
    #expect(run.ledger.received == run.publishedEvents)
    #expect(run.ledger.duplicates == 0)
    #expect(run.told == Array(repeating: 1, count: run.promises.count))
  }

  @Test(arguments: 0..<20) func losesNothingWhenItsIdentityIsTakenAway(seed: UInt64) throws {
    var run = OutboxSimulation(seed: seed, renews: true)
    for _ in 0..<400 { try run.step() }
    try run.settleEverything()
    #expect(run.ledger.keys.count == run.publishedEvents)
    #expect(run.ledger.received - run.ledger.duplicates == run.publishedEvents)
    #expect(run.told == Array(repeating: 1, count: run.promises.count))
  }
}

/// A producer's outbox, a ledger, and the connections between them, all in one thread.
struct OutboxSimulation {
  /// One connection: messages on their way in both directions, and batches in the server's memory.
  private struct Link {
    let producer: ProducerID
    var toServer: [(sequence: UInt64, columns: [UInt8])] = []
    var inMemory: [(sequence: UInt64, columns: [UInt8])] = []
    var toClient: [Answer] = []
  }

  private enum Answer {
    case accepted(UInt64)
    case committed(CommittedBatch)
    case refused(UInt64, ErrorFrame)
  }

  private(set) var outbox = Outbox(producer: .first, capacity: Outbox.Capacity(bytes: 1 << 20, batches: 12))
  private(set) var ledger = Ledger()
  private(set) var promises: [BatchPromise] = []
  private(set) var publishedEvents = 0
  /// Number of settlements of each batch.
  private(set) var told: [Int] = []

  private var generator: SeededGenerator
  private let renews: Bool
  private var current: Link?
  private var leaving: Link?
  private var now = start
  private var highestBase: UInt64 = 1

  init(seed: UInt64, renews: Bool) {
    generator = SeededGenerator(seed: seed)
    self.renews = renews
  }

  mutating func step() throws {
    now += .milliseconds(10)
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<20: publish()
    case 20..<45: send()
    case 45..<60: try serverWorks()
    case 60..<85: deliver()
    case 85..<90: try loseConnection()
    case 90..<93: goAway()
    case 93..<94 where renews: renew()
    default: try connect()
    }
    highestBase = max(highestBase, outbox.base)
    #expect(outbox.base == highestBase, "the base fell")
  }

  /// Runs without faults until everything is settled.
  mutating func settleEverything() throws {
    while !outbox.isEmpty {
      now += .seconds(1)
      try connect()
      send()
      while !(current?.toServer.isEmpty ?? true) || !(current?.inMemory.isEmpty ?? true) {
        try serverWorks(refusing: false)
      }
      while !(current?.toClient.isEmpty ?? true) { deliver() }
    }
  }

  private mutating func publish() {
    guard outbox.hasRoom(for: 200) else { return }
    let events = Int.random(in: 1...3, using: &generator)
    let promise = BatchPromise()
    promises.append(promise)
    told.append(0)
    publishedEvents += events
    outbox.add(.sample("batch\(promises.count)", events: events), promise)
  }

  private mutating func send() {
    guard current != nil else { return }
    while case .batch(let outgoing) = outbox.next(now: now, mayCarry: { _ in true }) {
      outbox.markSent(outgoing.header.sequence)
      current?.toServer.append((outgoing.header.sequence, outgoing.columns))
      if Bool.random(using: &generator) { return }
    }
  }

  /// The server accepts a batch, or commits one that it accepted, in any order.
  private mutating func serverWorks(refusing: Bool = true) throws {
    guard var link = current else { return }
    if let batch = link.toServer.first {
      link.toServer.removeFirst()
      if refusing, Int.random(in: 0..<20, using: &generator) == 0 {
        let report = ErrorFrame.refusal(.storeUnavailable, of: batch.sequence, delay: .milliseconds(50))
        link.toClient.append(.refused(batch.sequence, report))
      } else {
        link.inMemory.append(batch)
        link.toClient.append(.accepted(batch.sequence))
      }
    }
    if !link.inMemory.isEmpty {
      let batch = link.inMemory.remove(at: Int.random(in: 0..<link.inMemory.count, using: &generator))
      link.toClient.append(try commit(batch, of: link.producer))
    }
    current = link
  }

  private mutating func commit(
    _ batch: (sequence: UInt64, columns: [UInt8]), of producer: ProducerID
  ) throws -> Answer {
    .committed(try ledger.commit(producer, batch.sequence, EventColumns(batch.columns, limits: .standard)))
  }

  private mutating func deliver() {
    if let answer = leaving?.toClient.first {
      leaving?.toClient.removeFirst()
      receive(answer, from: leaving?.producer, isCurrent: false)
    }
    guard let answer = current?.toClient.first else { return }
    current?.toClient.removeFirst()
    receive(answer, from: current?.producer, isCurrent: true)
  }

  private mutating func receive(_ answer: Answer, from producer: ProducerID?, isCurrent: Bool) {
    guard producer == outbox.producer else { return }
    switch answer {
    case .accepted(let sequence):
      _ = outbox.accepted([sequence])
    case .committed(let batch):
      tell(outbox.committed([batch], lineage: ledger.lineage))
    case .refused(let sequence, let report):
      guard isCurrent else { return }
      guard case .deferred = outbox.refused(sequence, report, now: now) else {
        guard outbox.window[sequence] == nil else {
          Issue.record("a refusal for now was taken as final")
          return
        }
        return
      }
    }
  }

  /// The connection is cut. Accepted batches are committed anyway, or are lost with the server's memory.
  private mutating func loseConnection() throws {
    guard let link = current else { return }
    current = nil
    guard Bool.random(using: &generator) else { return }
    for batch in link.inMemory { _ = try commit(batch, of: link.producer) }
  }

  /// The server sends GOAWAY, commits its accepted batches and answers on a connection that is still read.
  private mutating func goAway() {
    guard var link = current else { return }
    link.toServer = []
    leaving = link
    current = nil
  }

  private mutating func renew() {
    outbox.renew(as: ProducerID.random(using: &generator))
    current = nil
    highestBase = 1
  }

  private mutating func connect() throws {
    guard current == nil else { return }
    let (producer, base) = outbox.makeHello()
    if Int.random(in: 0..<4, using: &generator) == 0 { ledger.prune(producer, below: base) }
    // A server whose COMMIT was not answered registers the same HELLO again.
    if Int.random(in: 0..<6, using: &generator) == 0 {
      _ = try ledger.register(producer, base: base, span: 4_096)
    }
    let registration = try ledger.register(producer, base: base, span: 4_096)
    // Answers on the older connection may come between HELLO and WELCOME, and after it.
    if var link = leaving {
      while let batch = link.inMemory.popLast() { link.toClient.append(try commit(batch, of: link.producer)) }
      leaving = link
      deliver()
    }
    let welcome = Welcome.sample(
      base: base, floor: registration.floor, settled: registration.settled, session: registration.session,
      lineage: ledger.lineage)
    if Int.random(in: 0..<5, using: &generator) == 0 { return }  // WELCOME is lost.
    let result = outbox.resume(welcome, helloBase: base)
    #expect(!result.isStale)
    tell(result.settlements)
    current = Link(producer: producer)
  }

  private mutating func tell(_ settlements: [Settlement]) {
    for settlement in settlements {
      guard case .success = settlement.outcome,
        let place = promises.firstIndex(where: { $0 === settlement.promise })
      else {
        Issue.record("a batch failed, or is unknown")
        continue
      }
      told[place] += 1
    }
  }
}
