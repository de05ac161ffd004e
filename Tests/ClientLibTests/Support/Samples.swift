import WireProtocol

@testable import ClientLib

/// A moment to count from.
let start = ContinuousClock.now

extension Parcel {
  /// A batch with events `<name>-0`, `<name>-1`, and so on.
  static func sample(_ name: String, events: Int = 1, compressing: Bool = false) -> Parcel {
    Parcel(columns: sampleColumns(name, events: events), events: events, compressing: compressing)
  }

  static func sampleColumns(_ name: String, events: Int = 1) -> [UInt8] {
    var builder = EventColumnsBuilder()
    for number in 0..<events {
      let payload = Array(#"{"text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#.utf8)
      let fits = try? builder.append(
        topic: "a.b.c", source: "tests", id: "\(name)-\(number)", timestamp: 0, payload: payload)
      precondition(fits == true)
    }
    return builder.finish()
  }
}

extension ProducerID {
  static let first = ProducerID(high: 1, low: 1)
  static let second = ProducerID(high: 2, low: 2)
}

extension Lineage {
  static let one = Lineage(system: 1, timeline: 1, store: ProducerID(high: 1, low: 1))
  static let other = Lineage(system: 2, timeline: 1, store: ProducerID(high: 1, low: 1))
}

extension Welcome {
  /// A WELCOME that lists `settled` above `base`.
  static func sample(
    base: UInt64 = 1, floor: UInt64 = 0, settled: [UInt64] = [], session: UInt64 = 1, lineage: Lineage = .one,
    features: Features = .supported, limits: ConnectionLimits = .standard, credit: Credit = .standard
  ) -> Welcome {
    Welcome(
      version: 1, features: features, server: ProducerID(high: 9, low: 9), session: session, floor: floor,
      lineage: lineage, durability: Durability(synchronousCommit: .on, fsync: true), limits: limits,
      credit: credit, settled: SettledBitmap(base: base, span: limits.span, settled: settled))
  }
}

extension Outbox {
  /// An outbox of the first identity, connected unless told otherwise.
  static func sample(
    batches: Int = 100, bytes: Int = 1 << 20, welcome: Welcome? = .sample()
  ) -> Outbox {
    var outbox = Outbox(producer: .first, capacity: Capacity(bytes: bytes, batches: batches))
    if let welcome { _ = outbox.resume(welcome, helloBase: 1) }
    return outbox
  }

  /// Takes a batch and returns its ticket.
  @discardableResult
  mutating func add(_ name: String) -> Ticket {
    let ticket = Ticket()
    add(.sample(name), ticket)
    return ticket
  }

  /// Sends everything that may be sent, and returns the sequences in order.
  mutating func sendAll(now: ContinuousClock.Instant = start, credit: Int = .max) -> [UInt64] {
    var sequences: [UInt64] = []
    while sequences.count < credit, case .batch(let shipment) = next(now: now, mayCarry: { _ in true }) {
      markSent(shipment.header.sequence)
      sequences.append(shipment.header.sequence)
    }
    return sequences
  }

  /// Commits batches as a server that knows their counts.
  mutating func commit(_ sequences: [UInt64], lineage: Lineage = .one) -> [Settlement] {
    committed(
      sequences.map {
        CommittedBatch(
          sequence: $0, counts: BatchCounts(unique: 1, duplicate: 0, dead: 0), isReplay: false)
      }, lineage: lineage)
  }
}

extension ErrorFrame {
  /// A refusal of one batch, with the retry class of its code.
  static func refusal(_ code: ErrorCode, of sequence: UInt64, delay: Duration = .zero) -> ErrorFrame {
    ErrorFrame(WireError(code, "for the test"), sequence: sequence, delay: delay)
  }
}
