/// The server's answer to a HELLO (`spec/wire-protocol.md`, section 4.2).
public struct Welcome: Hashable, Sendable {
  /// The version to speak.
  public var version: UInt16
  /// What both sides can do.
  public var features: Features
  /// The server's process.
  public var server: ProducerID
  /// The number of this session; the newest of a producer wins.
  public var session: UInt64
  /// Every sequence at or below it is settled.
  public var floor: UInt64
  /// Which database this is.
  public var lineage: Lineage
  /// What "committed" promises.
  public var durability: Durability
  /// What the client must respect.
  public var limits: ConnectionLimits
  /// The first credit.
  public var credit: Credit
  /// Which sequences from base on are settled.
  public var settled: SettledBitmap

  /// An answer to one HELLO.
  public init(
    version: UInt16, features: Features, server: ProducerID, session: UInt64, floor: UInt64,
    lineage: Lineage, durability: Durability, limits: ConnectionLimits, credit: Credit,
    settled: SettledBitmap
  ) {
    self.version = version
    self.features = features
    self.server = server
    self.session = session
    self.floor = floor
    self.lineage = lineage
    self.durability = durability
    self.limits = limits
    self.credit = credit
    self.settled = settled
  }

  /// Reads a WELCOME's body.
  /// - Throws: `malformedFrame` or `unknownCritical`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    version = try reader.uint16(body)
    features = Features(rawValue: try reader.uint64(body))
    server = try reader.producer(body)
    session = try reader.uint64(body)
    floor = try reader.uint64(body)
    lineage = Lineage(
      system: try reader.uint64(body), timeline: try reader.uint32(body), store: try reader.producer(body))
    durability = try Self.durability(try reader.uint8(body), fsync: try reader.uint8(body))
    limits = try Self.limits(&reader, body)
    credit = Credit(batches: try reader.uint64(body), bytes: try reader.uint64(body))
    let bits = Int(try reader.uint32(body))
    settled = SettledBitmap(count: bits, bytes: try reader.block((bits + 7) / 8, body))
    try reader.skipOptions(body)
  }

  private static func durability(_ commit: UInt8, fsync: UInt8) throws(WireError) -> Durability {
    guard let commit = Durability.SynchronousCommit(rawValue: commit), fsync <= 1 else {
      throw WireError(.malformedFrame, "WELCOME states an unknown durability (\(commit), \(fsync))")
    }
    return Durability(synchronousCommit: commit, fsync: fsync == 1)
  }

  private static func limits(_ reader: inout ByteReader, _ body: RawSpan) throws(WireError)
    -> ConnectionLimits
  {
    ConnectionLimits(
      batch: BatchLimits(
        bodyBytes: Int(try reader.uint32(body)), rawBytes: Int(try reader.uint32(body)),
        events: Int(try reader.uint32(body)), dictionary: Int(try reader.uint32(body))),
      event: EventLimits(
        nameScalars: Int(try reader.uint32(body)), payloadBytes: Int(try reader.uint32(body)),
        jsonDepth: Int(try reader.uint32(body)), jsonExponent: Int(try reader.uint32(body))),
      span: try reader.uint32(body),
      heartbeat: .milliseconds(try reader.uint32(body)), silence: .milliseconds(try reader.uint32(body)))
  }
}

extension FrameWriter {
  /// Writes a WELCOME.
  public mutating func welcome(_ welcome: Welcome) {
    frame(.welcome) { body in
      body.integer(welcome.version)
      body.integer(welcome.features.rawValue)
      body.producer(welcome.server)
      body.integer(welcome.session)
      body.integer(welcome.floor)
      body.integer(welcome.lineage.system)
      body.integer(welcome.lineage.timeline)
      body.producer(welcome.lineage.store)
      body.integer(welcome.durability.synchronousCommit.rawValue)
      body.integer(UInt8(welcome.durability.fsync ? 1 : 0))
      body.limits(welcome.limits)
      body.integer(welcome.credit.batches)
      body.integer(welcome.credit.bytes)
      body.integer(UInt32(welcome.settled.count))
      body.block(welcome.settled.bytes)
    }
  }

  private mutating func limits(_ limits: ConnectionLimits) {
    let sizes = [
      limits.batch.bodyBytes, limits.batch.rawBytes, limits.batch.events, limits.batch.dictionary,
      limits.event.nameScalars, limits.event.payloadBytes, limits.event.jsonDepth, limits.event.jsonExponent,
    ]
    for size in sizes { integer(UInt32(clamping: size)) }
    integer(limits.span)
    integer(limits.heartbeat.clampedMilliseconds)
    integer(limits.silence.clampedMilliseconds)
  }
}
