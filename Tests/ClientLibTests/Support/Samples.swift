import Foundation
import WireProtocol

@testable import ClientLib

/// Start of all times in the tests.
let start = ContinuousClock.now

extension EncodedBatch {
  /// A batch with events `<name>-0`, `<name>-1`, and so on.
  static func sample(_ name: String, events: Int = 1, compressing: Bool = false) -> EncodedBatch {
    EncodedBatch(columns: sampleColumns(name, events: events), events: events, compressing: compressing)
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
  /// A WELCOME that lists `settled` above `base`. The database knows every commit by default.
  static func sample(
    base: UInt64 = 1, floor: UInt64 = 0, highest: UInt64 = BatchSequence.range.upperBound,
    settled: [UInt64] = [], session: UInt64 = 1, lineage: Lineage = .one,
    features: Features = .supported, limits: ConnectionLimits = .standard, credit: Credit = .standard
  ) -> Welcome {
    Welcome(
      version: 1, features: features, server: ProducerID(high: 9, low: 9), session: session, floor: floor,
      highest: highest, lineage: lineage, durability: Durability(synchronousCommit: .on, fsync: true),
      limits: limits,
      credit: credit, settled: SettledBitmap(base: base, span: limits.span, settled: settled))
  }
}

extension Outbox {
  /// An outbox of the first identity, connected by default.
  static func sample(
    batches: Int = 100, bytes: Int = 1 << 20, welcome: Welcome? = .sample()
  ) -> Outbox {
    var outbox = Outbox(producer: .first, capacity: Capacity(bytes: bytes, batches: batches))
    if let welcome { _ = outbox.resume(welcome, helloBase: 1) }
    return outbox
  }

  /// Adds a batch and returns its promise.
  @discardableResult
  mutating func add(_ name: String) -> BatchPromise {
    let promise = BatchPromise()
    add(.sample(name), promise)
    return promise
  }

  /// Sequences of the batches that the last WELCOME lists as settled.
  var listed: [UInt64] { window.all.filter(\.element.isListed).map(\.sequence) }

  /// Sends every batch that may be sent, and returns the sequences in order.
  mutating func sendAll(now: ContinuousClock.Instant = start, credit: Int = .max) -> [UInt64] {
    var sequences: [UInt64] = []
    while sequences.count < credit, case .batch(let outgoing) = next(now: now, mayCarry: { _ in true }) {
      markSent(outgoing.header.sequence)
      sequences.append(outgoing.header.sequence)
    }
    return sequences
  }

  /// Commits batches with known counts.
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

/// Random numbers that depend only on the seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}

/// Always the same number.
struct ConstantGenerator: RandomNumberGenerator {
  let number: UInt64

  func next() -> UInt64 { number }
}

/// Text of a file of the repository, by its path from the root.
func repositoryText(_ path: String) throws -> String {
  var root = URL(filePath: #filePath)
  for _ in 0..<4 { root.deleteLastPathComponent() }
  return try String(contentsOf: root.appending(path: path), encoding: .utf8)
}

extension EventBatch {
  /// The columns of a batch whose keys are not spread.
  consuming func columns() -> [UInt8] {
    finish(recycling: BuilderPool(), for: nil)[0].columns
  }
}
