import Ingest
import WireProtocol

@testable import StoreInterface

/// An event of a test.
struct TestEvent: Hashable, Sendable {
  var topic = "orders.invoice.created"
  var id: String
  var source = "billing"
  /// Microseconds since 1970.
  var time: Int64 = 1_700_000_000_123_456
  var payload: String? = #"{"amount": 1.50}"#

  init(_ id: String) {
    self.id = id
  }

  init(_ id: String, topic: String = "orders", time: Int64 = 1_700_000_000_123_456, payload: String?) {
    self.id = id
    self.topic = topic
    self.time = time
    self.payload = payload
  }

  /// Makes `count` events with ids that no other call returns.
  static func unique(_ count: Int) -> [TestEvent] {
    let run = UInt64.random(in: .min ... .max)
    return (0..<count).map { TestEvent("\(run)-\($0)") }
  }
}

extension EventColumns {
  /// Encodes `events` as columns.
  init(_ events: [TestEvent]) throws {
    var builder = EventColumnsBuilder()
    for event in events {
      let isAdded = try builder.append(
        topic: event.topic, source: event.source, id: event.id, timestamp: event.time,
        payload: event.payload.map { Array($0.utf8) })
      precondition(isAdded, "a test batch within the limits")
    }
    try self.init(builder.finish(), limits: .standard)
  }
}

extension IngestBatch {
  /// Makes a batch of `events` with their correct digest, of a session of the first incarnation of the
  /// database unless told otherwise.
  convenience init(
    _ events: [TestEvent], from producer: ProducerID = .test(), sequence: UInt64 = 1,
    session: Int64 = 0, dead: [DeadEvent] = [], base: UInt64 = 1, origin: ProducerOrigin = .unnamed,
    incarnation: StoreIncarnation = StoreIncarnation(1)
  ) throws {
    let columns = try EventColumns(events)
    self.init(
      key: BatchKey(producer: producer, sequence: sequence), base: base,
      digest: Digest64.digest(of: columns.bytes.span.bytes), session: session, columns: columns, dead: dead,
      acceptedAt: .now, origin: origin, incarnation: incarnation)
  }
}

extension ProducerID {
  /// Makes an id that no other test has.
  static func test() -> ProducerID {
    var generator = SystemRandomNumberGenerator()
    return .random(using: &generator)
  }
}
