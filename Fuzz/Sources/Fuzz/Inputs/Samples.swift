import WireProtocol

/// Sound values to start from.
enum Samples {
  /// Low enough for short inputs to go beyond them.
  static let batchLimits = BatchLimits(bodyBytes: 1_024, rawBytes: 1_536, events: 40, dictionary: 8)
  /// For what must always fit.
  static let roomyLimits = BatchLimits(
    bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 4_096, dictionary: 4_096)

  static let now = ContinuousClock.now
  static let producer = ProducerID(high: 0x0011_2233_4455_4677, low: 0x8899_AABB_CCDD_EEFF)
  static let challenge = Challenge(nonce: .zero, keyHint: "fuzz")
  static let hello = Hello(producer: producer, base: 1, clientName: "fuzz")
  /// A key for which every proof that begins with 1 is right.
  static var authentication: ClientAuthentication {
    ClientAuthentication(
      keyID: "key", nonce: .zero, prove: { _ in .zero }, isServerProof: { proof, _ in proof.bytes.first == 1 }
    )
  }
  static let lineage = Lineage(system: 7, timeline: 1, store: producer)
  static let durability = Durability(synchronousCommit: .on, fsync: true)
  static let credit = Credit(batches: 8, bytes: 8_192)
  static let limits = ConnectionLimits(
    batch: batchLimits, event: .standard, span: 64, heartbeat: .seconds(15), idleTimeout: .seconds(45))
  static let welcome = Welcome(
    version: 1, features: .lz4, server: producer, session: 1, floor: 0, highest: 3, lineage: lineage,
    durability: durability, limits: limits, credit: credit,
    settled: SettledBitmap(base: 1, span: limits.span, settled: [3]))

  /// Columns of several shapes: one event and many, both widths of time, every kind of payload.
  static var batches: [[UInt8]] {
    [
      columns(of: [event()]),
      columns(of: (0..<6).map { event($0, payload: Array(#"{"n":\#($0)}"#.utf8)) }),
      columns(of: (0..<40).map { event($0) }),
      columns(of: [event(0), event(1, time: .max), event(2, time: .min, payload: [])]),
    ]
  }

  private static func event(_ number: Int = 0, time: Int64 = 1_700_000_000_000_000, payload: [UInt8]? = nil)
    -> SampleEvent
  {
    SampleEvent(
      topic: Array("orders.\(number % 3)".utf8), source: Array("shop".utf8), id: Array("id-\(number)".utf8),
      time: time, payload: payload)
  }

  private static func columns(of events: [SampleEvent]) -> [UInt8] {
    var builder = EventColumnsBuilder(limits: roomyLimits)
    for event in events {
      let isAdded = try? builder.append(event)
      precondition(isAdded == true, "a sample is beyond a limit")
    }
    return builder.finish()
  }
}
