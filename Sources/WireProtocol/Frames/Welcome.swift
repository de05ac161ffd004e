/// The server's answer to a HELLO (`spec/wire-protocol.md`, section 4.2).
public struct Welcome: Hashable, Sendable {
  /// Version to speak.
  public var version: UInt16
  /// Features that both sides offer.
  public var features: Features
  /// Identity of the server's process.
  public var server: ProducerID
  /// Number of this session; a producer's newest session supersedes the others.
  public var session: UInt64
  /// Sequence at or below which every sequence is settled.
  public var floor: UInt64
  /// Highest sequence of the producer that the database knows, at least `floor`; 0 when it knows none. A
  /// reported commit above it shows the client that the database was taken back to an earlier state.
  public var highest: UInt64
  /// Identity of the database.
  public var lineage: Lineage
  /// Promise of "committed".
  public var durability: Durability
  /// Limits that the client must respect.
  public var limits: ConnectionLimits
  /// First credit.
  public var credit: Credit
  /// Settled sequences from the base of HELLO on.
  public var settled: SettledBitmap
  /// Proof that the server knows the client's key; nil unless the client sent AUTH.
  public var proof: Bytes32?

  /// Option that carries the proof. Only a client that sent AUTH knows this option.
  static let proofOption: UInt16 = 1

  /// The answer to one HELLO.
  public init(
    version: UInt16, features: Features, server: ProducerID, session: UInt64, floor: UInt64,
    highest: UInt64, lineage: Lineage, durability: Durability, limits: ConnectionLimits, credit: Credit,
    settled: SettledBitmap, proof: Bytes32? = nil
  ) {
    self.version = version
    self.features = features
    self.server = server
    self.session = session
    self.floor = floor
    self.highest = highest
    self.lineage = lineage
    self.durability = durability
    self.limits = limits
    self.credit = credit
    self.settled = settled
    self.proof = proof
  }

  /// Reads a WELCOME's body.
  /// - Parameter isAnswerToAuth: whether the client sent AUTH, so that it knows the option of the proof.
  /// - Throws: `malformedFrame` or `unknownCritical`.
  init(decoding body: RawSpan, isAnswerToAuth: Bool = false) throws(WireError) {
    var reader = ByteReader(body)
    version = try reader.uint16(body)
    features = Features(rawValue: try reader.uint64(body))
    server = try reader.producer(body)
    session = try reader.uint64(body)
    floor = try reader.uint64(body)
    highest = try reader.uint64(body)
    guard highest >= floor else {
      throw WireError(
        .malformedFrame, "WELCOME has highest sequence \(highest), which is below its floor \(floor)")
    }
    lineage = Lineage(
      system: try reader.uint64(body), timeline: try reader.uint32(body), store: try reader.producer(body))
    durability = try Self.durability(try reader.uint8(body), fsync: try reader.uint8(body))
    limits = try Self.limits(&reader, body)
    credit = Credit(batches: try reader.uint64(body), bytes: try reader.uint64(body))
    let bits = Int(try reader.uint32(body))
    settled = try SettledBitmap(count: bits, bytes: try reader.block((bits + 7) / 8, body))
    guard let length = try reader.skipOptions(to: isAnswerToAuth ? Self.proofOption : nil, body) else {
      return
    }
    // Nothing may follow the proof, because the proof covers what is before it.
    guard length == Bytes32.byteCount, reader.remaining == length else {
      throw WireError(
        .malformedFrame,
        "the proof in WELCOME has \(length) bytes with \(reader.remaining) left; it has 32 and is the last option"
      )
    }
    proof = try reader.bytes32(body)
  }

  private static func durability(_ commit: UInt8, fsync: UInt8) throws(WireError) -> Durability {
    guard let commit = Durability.SynchronousCommit(rawValue: commit), fsync <= 1 else {
      throw WireError(
        .malformedFrame,
        "WELCOME has synchronous commit \(commit) and fsync \(fsync); 0 to 4 and 0 to 1 are known")
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
      heartbeat: .milliseconds(try reader.uint32(body)), idleTimeout: .milliseconds(try reader.uint32(body)))
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
      body.integer(welcome.highest)
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
      guard let proof = welcome.proof else { return }
      body.integer(Welcome.proofOption)
      body.integer(UInt16(Bytes32.byteCount))
      body.block(proof.bytes)
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
    integer(limits.idleTimeout.clampedMilliseconds)
  }
}
