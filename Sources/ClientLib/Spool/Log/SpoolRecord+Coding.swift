import WireProtocol

extension SpoolRecord {
  private enum Kind {
    static let state: UInt8 = 1
    static let batch: UInt8 = 2
    static let settled: UInt8 = 3
  }

  /// Header and body, which follow each other in the file. The body of a batch is not copied.
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
    case .settled(let epoch, let sequences):
      var body: [UInt8] = []
      body.reserveCapacity(8 * sequences.count)
      for sequence in sequences { body.append(spool: sequence) }
      return (SpoolHeader(type: Kind.settled, epoch: epoch, body: body).encoded, body)
    }
  }

  /// Bytes of the record in a file.
  var byteCount: Int {
    switch self {
    case .state(let state): SpoolHeader.bytes + state.encodedLength
    case .batch(let batch): SpoolHeader.bytes + batch.bytes.count
    case .settled(_, let sequences): SpoolHeader.bytes + 8 * sequences.count
    }
  }

  /// The record of a sound header and a body whose checksum is right; nil when they are none.
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
        epoch: header.epoch,
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
  private static let fixedBytes = 65

  fileprivate var encodedLength: Int { Self.fixedBytes + 12 * renumbered.count }

  fileprivate var encoded: [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(encodedLength)
    body.append(producer: producer)
    body.append(spool: next)
    body.append(spool: base)
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
    let count = Int(body.spoolInteger(UInt32.self, at: 61))
    guard body.byteCount - Self.fixedBytes == 12 * count else { return nil }
    producer = body.producer(at: 0)
    self.epoch = epoch
    next = body.spoolInteger(UInt64.self, at: 16)
    base = body.spoolInteger(UInt64.self, at: 24)
    guard BatchSequence.range.contains(base), next >= base, next <= BatchSequence.range.upperBound else {
      return nil
    }
    if body.spoolInteger(UInt8.self, at: 32) == 1 {
      lineage = Lineage(
        system: body.spoolInteger(UInt64.self, at: 33), timeline: body.spoolInteger(UInt32.self, at: 41),
        store: body.producer(at: 45))
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
  /// In the order of the text form.
  fileprivate mutating func append(producer: ProducerID) {
    append(spool: producer.high.byteSwapped)
    append(spool: producer.low.byteSwapped)
  }
}
