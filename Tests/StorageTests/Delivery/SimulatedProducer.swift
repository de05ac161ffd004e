import Ingest
import WireProtocol

@testable import StoreInterface

/// A producer that takes random steps: permitted ones, and some forbidden ones.
struct SimulatedProducer {
  let servers: [StoreFixture]
  let model: DeliveryModel
  /// Number of different event ids. It is small, so that most keys are sent often.
  let idCount: Int
  var generator: SeededGenerator

  private let id: ProducerID
  private var nextSequence: UInt64 = 1
  private var base: UInt64 = 1
  /// The highest session of the producer, and the highest floor that it was told.
  private var session: Int64 = 0
  private var floor: UInt64 = 0
  /// Batches that were settled.
  private var settled: [(sequence: UInt64, events: [TestEvent], dead: [DeadEvent])] = []

  init(servers: [StoreFixture], model: DeliveryModel, idCount: Int, generator: SeededGenerator) {
    self.servers = servers
    self.model = model
    self.idCount = idCount
    self.generator = generator
    self.id = ProducerID.random(using: &self.generator)
  }

  /// Takes `steps` steps one after the other.
  mutating func run(steps: Int) async throws {
    try await register(declaring: base)
    for _ in 0..<steps {
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<65: try await sendNew(Int.random(in: 1...5, using: &generator))
      case 65..<80: try await sendAgain()
      case 80..<90: try await register(declaring: base)
      case 90..<95: try await speakAsACopy()
      default: try await reuseANumber()
      }
    }
  }

  /// Sends new batches, some of them to both servers at once. The base rises after all are answered.
  private mutating func sendNew(_ count: Int) async throws {
    var sent: [(batch: IngestBatch, servers: [StoreFixture])] = []
    for _ in 0..<count {
      let events = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
        TestEvent("\(Int.random(in: 0..<idCount, using: &generator))", topic: "t", payload: "{}")
      }
      let dead = events.indices.filter { _ in generator.happens(0.02) }.map { position in
        DeadEvent(position: position, reason: .payloadSyntax)
      }
      let batch = try batch(nextSequence, events, dead)
      let positions = Set(dead.map(\.position))
      model.sends(batch, keys: Set(events.indices.filter { !positions.contains($0) }.map { events[$0].id }))
      settled.append((nextSequence, events, dead))
      nextSequence += 1
      sent.append((batch, generator.happens(0.3) ? servers : [anyServer()]))
    }
    for (batch, servers) in sent { for server in servers { server.offer(batch) } }
    for (batch, servers) in sent {
      for server in servers {
        model.answered(batch, await server.outcomes.outcome(of: batch), isRepeated: false)
      }
    }
    // The servers learn the new base with a later batch, or not at all.
    base = UInt64.random(in: base...nextSequence, using: &generator)
  }

  /// Sends a copy of a settled batch, as a slow connection could deliver it.
  private mutating func sendAgain() async throws {
    guard let old = settled.randomElement(using: &generator) else { return }
    let batch = try batch(old.sequence, old.events, old.dead)
    model.answered(batch, await anyServer().commit(batch), isRepeated: true)
  }

  /// Sends other bytes under a used number. The answer must be the error for a reused number, or that the
  /// number is settled.
  private mutating func reuseANumber() async throws {
    guard let old = settled.randomElement(using: &generator) else { return }
    let other = try batch(old.sequence, [TestEvent("other \(generator.next())")], [])
    switch await anyServer().commit(other) {
    case .sequenceReused, .countsUnknown: break
    case let outcome: model.contradicts("other bytes under a used number: \(outcome)")
    }
  }

  private mutating func register(declaring base: UInt64) async throws {
    guard let granted = try await registered(base: base) else {
      return model.contradicts("stale with base \(base)")
    }
    if granted.session <= session { model.contradicts("session \(granted.session) after \(session)") }
    if granted.floor < floor { model.contradicts("floor \(granted.floor) after \(floor)") }
    if granted.floor >= base { model.contradicts("floor \(granted.floor) with base \(base)") }
    let committed = settled.map(\.sequence).filter { $0 >= base }
    if granted.settled != committed { model.contradicts("\(granted.settled) settled, not \(committed)") }
    (session, floor) = (granted.session, granted.floor)
  }

  /// Sends HELLO with a base below the floor, as an old copy of the producer would.
  private mutating func speakAsACopy() async throws {
    guard floor > 0 else { return }
    if try await registered(base: UInt64.random(in: 1...floor, using: &generator)) != nil {
      model.contradicts("a copy was let in")
    }
  }

  /// - Returns: nil when the base is stale.
  private mutating func registered(base: UInt64) async throws -> RegistrationGrant? {
    while true {
      do {
        return try await anyServer().register(id, base: base)
      } catch {
        switch error {
        case .stale: return nil
        case .notYours: throw error
        case .unavailable: continue
        }
      }
    }
  }

  private func batch(
    _ sequence: UInt64, _ events: [TestEvent], _ dead: [DeadEvent]
  ) throws -> IngestBatch {
    try IngestBatch(
      events, from: id, sequence: sequence, session: session, dead: dead, base: min(base, sequence))
  }

  private mutating func anyServer() -> StoreFixture {
    servers[Int.random(in: servers.indices, using: &generator)]
  }
}
