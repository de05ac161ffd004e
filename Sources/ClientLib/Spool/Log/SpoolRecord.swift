import WireProtocol

/// One record of a spool's log. Format: `spec/spool.md`.
enum SpoolRecord: Hashable, Sendable {
  /// Identity, sequences and last known database of the producer from here on.
  case state(SpoolState)
  /// A batch to send.
  case batch(SpooledBatch)
  /// Settled sequences of one epoch, and the highest sequence of the epoch that was acknowledged as
  /// committed by then; 0 for none.
  case settled(epoch: UInt32, highestCommitted: UInt64, [UInt64])
}

/// Number of a batch in a spool. Sequences start at 1 under each identity, and the epoch counts identities.
struct SpoolNumber: Hashable, Comparable, Sendable {
  var epoch: UInt32
  var sequence: UInt64

  static func < (one: SpoolNumber, other: SpoolNumber) -> Bool {
    (one.epoch, one.sequence) < (other.epoch, other.sequence)
  }
}

/// State of a producer. Its fields are written together, because a sequence means nothing without its
/// identity.
struct SpoolState: Hashable, Sendable {
  var producer: ProducerID
  /// Rises by one with each new identity.
  var epoch: UInt32
  /// Sequence of the next batch.
  var next: UInt64
  /// The lowest sequence that may still be sent.
  var base: UInt64
  /// The highest sequence that was acknowledged as committed under this identity; 0 for none. A database
  /// that knows less is in an earlier state.
  var highestCommitted: UInt64 = 0
  /// The database that acknowledged the last commit; nil for none.
  var lineage: Lineage?
  /// At the start of an epoch: the batches that got the sequences 1, 2, 3 and so on.
  var renumbered: [SpoolNumber] = []
}

/// A batch in a spool, with its columns encoded for sending.
struct SpooledBatch: Hashable, Sendable {
  var number: SpoolNumber
  var events: Int
  var codec: Codec
  /// Bytes of the columns before compression.
  var rawLength: Int
  /// When its time to live is over, in milliseconds since 1970; 0 for never.
  var expiry: UInt64
  /// Columns in `codec`.
  var bytes: [UInt8]
}

extension SpoolRecord {
  private enum Kind {
    static let state: UInt8 = 1
    static let batch: UInt8 = 2
    static let settled: UInt8 = 3
  }

  /// Header and body of the record. The body of a batch is not copied.
  func encoded() -> (header: [UInt8], body: [UInt8]) {
    switch self {
    case .state(let state):
      let body = state.encoded
      return (SpoolHeader(type: Kind.state, epoch: state.epoch, body: body).encoded, body)
    case .batch(let batch):
      var header = SpoolHeader(type: Kind.batch, epoch: batch.number.epoch, body: batch.bytes)
      header.codec = batch.codec.rawValue
      header.events = UInt32(batch.events)
      header.rawLength = UInt32(batch.rawLength)
      header.sequence = batch.number.sequence
      header.expiry = batch.expiry
      return (header.encoded, batch.bytes)
    case .settled(let epoch, let highestCommitted, let sequences):
      var body: [UInt8] = []
      body.reserveCapacity(8 * sequences.count)
      for sequence in sequences { body.append(spool: sequence) }
      var header = SpoolHeader(type: Kind.settled, epoch: epoch, body: body)
      header.sequence = highestCommitted
      return (header.encoded, body)
    }
  }

  /// Bytes of the record in a file.
  var byteCount: Int {
    switch self {
    case .state(let state): SpoolHeader.bytes + state.encodedLength
    case .batch(let batch): SpoolHeader.bytes + batch.bytes.count
    case .settled(_, _, let sequences): SpoolHeader.bytes + 8 * sequences.count
    }
  }

  /// Decodes a record whose checksums are right; nil when its fields are not valid.
  init?(_ header: SpoolHeader, body: RawSpan) {
    switch header.type {
    case Kind.state:
      guard let state = SpoolState(decoding: body, epoch: header.epoch) else { return nil }
      self = .state(state)
    case Kind.batch:
      guard let batch = SpooledBatch(header, body: body) else { return nil }
      self = .batch(batch)
    case Kind.settled:
      guard body.byteCount.isMultiple(of: 8) else { return nil }
      self = .settled(
        epoch: header.epoch, highestCommitted: header.sequence,
        stride(from: 0, to: body.byteCount, by: 8).map { body.spoolInteger(UInt64.self, at: $0) })
    default:
      return nil
    }
  }
}

extension SpooledBatch {
  fileprivate init?(_ header: SpoolHeader, body: RawSpan) {
    guard let codec = Codec(rawValue: header.codec), header.events > 0, header.rawLength > 0,
      BatchSequence.range.contains(header.sequence),
      codec != .none || Int(header.rawLength) == body.byteCount
    else { return nil }
    self.init(
      number: SpoolNumber(epoch: header.epoch, sequence: header.sequence), events: Int(header.events),
      codec: codec, rawLength: Int(header.rawLength), expiry: header.expiry,
      bytes: body.withUnsafeBytes { Array($0) })
  }
}

extension SpoolState {
  private static let fixedBytes = 73

  fileprivate var encodedLength: Int { Self.fixedBytes + 12 * renumbered.count }

  fileprivate var encoded: [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(encodedLength)
    body.append(producer: producer)
    body.append(spool: next)
    body.append(spool: base)
    body.append(spool: highestCommitted)
    body.append(lineage == nil ? 0 : 1)
    body.append(spool: lineage?.system ?? 0)
    body.append(spool: lineage?.timeline ?? 0)
    body.append(producer: lineage?.store ?? ProducerID(high: 0, low: 0))
    body.append(spool: UInt32(renumbered.count))
    for number in renumbered {
      body.append(spool: number.epoch)
      body.append(spool: number.sequence)
    }
    assert(body.count == encodedLength)
    return body
  }

  fileprivate init?(decoding body: RawSpan, epoch: UInt32) {
    guard body.byteCount >= Self.fixedBytes else { return nil }
    let count = Int(body.spoolInteger(UInt32.self, at: 69))
    guard body.byteCount - Self.fixedBytes == 12 * count else { return nil }
    producer = body.producer(at: 0)
    self.epoch = epoch
    next = body.spoolInteger(UInt64.self, at: 16)
    base = body.spoolInteger(UInt64.self, at: 24)
    highestCommitted = body.spoolInteger(UInt64.self, at: 32)
    guard BatchSequence.range.contains(base), next >= base, next <= BatchSequence.range.upperBound,
      highestCommitted < next
    else {
      return nil
    }
    if body.spoolInteger(UInt8.self, at: 40) == 1 {
      lineage = Lineage(
        system: body.spoolInteger(UInt64.self, at: 41), timeline: body.spoolInteger(UInt32.self, at: 49),
        store: body.producer(at: 53))
    }
    renumbered = (0..<count).map { index in
      let place = Self.fixedBytes + 12 * index
      return SpoolNumber(
        epoch: body.spoolInteger(UInt32.self, at: place),
        sequence: body.spoolInteger(UInt64.self, at: place + 4))
    }
  }
}

extension RawSpan {
  fileprivate func producer(at offset: Int) -> ProducerID {
    ProducerID(
      high: spoolInteger(UInt64.self, at: offset).byteSwapped,
      low: spoolInteger(UInt64.self, at: offset + 8).byteSwapped)
  }
}

extension [UInt8] {
  /// Appends the bytes of the UUID in the order of its text form.
  fileprivate mutating func append(producer: ProducerID) {
    append(spool: producer.high.byteSwapped)
    append(spool: producer.low.byteSwapped)
  }
}
