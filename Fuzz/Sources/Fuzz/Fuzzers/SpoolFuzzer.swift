import WireProtocol

/// The files of a producer's spool. Every byte belongs to a record, to damage or to a torn end, and opening the
/// spool twice gives the same result.
enum SpoolFuzzer: Fuzzer {
  static let name = "spool"
  static let longestInput = 2_048

  static var seeds: [[UInt8]] {
    let producer = ProducerID(high: 1, low: 2)
    func batch(_ epoch: UInt32, _ sequence: UInt64) -> SpoolRecord {
      .batch(
        SpooledBatch(
          number: SpoolNumber(epoch: epoch, sequence: sequence), events: 1, codec: .none, rawLength: 3,
          expiry: 0, bytes: [1, 2, 3]))
    }
    let begun = SpoolRecord.state(SpoolState(producer: producer, epoch: 1, next: 1, base: 1))
    let renewed = SpoolRecord.state(
      SpoolState(
        producer: producer, epoch: 2, next: 2, base: 1, renumbered: [SpoolNumber(epoch: 1, sequence: 2)]))
    let records = [
      begun, batch(1, 1), batch(1, 2), .settled(epoch: 1, highestCommitted: 1, [1]), renewed, batch(2, 2),
    ]
    // The first byte says where the second file begins.
    return [0, 8, 60, 120].map { [$0] + file(records) }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    var bytes = Array(input.dropFirst())
    check(bytes, cut: Int(first) * 4)
    correctChecksums(&bytes)
    check(bytes, cut: Int(first) * 4)
  }

  private static func file(_ records: [SpoolRecord]) -> [UInt8] {
    records.reduce(into: SpoolSegment.preamble) { bytes, record in
      let (header, body) = record.encoded()
      bytes += header + body
    }
  }

  /// Corrects the checksums of all bytes that begin with the marker and are long enough for a record.
  private static func correctChecksums(_ bytes: inout [UInt8]) {
    var start = SpoolSegment.preamble.count
    while bytes.count - start >= SpoolHeader.bytes {
      let length = Int(bytes.span.bytes.spoolInteger(UInt16.self, at: start + 12))
      let end = start + SpoolHeader.bytes + length
      guard bytes.span.bytes.spoolInteger(UInt32.self, at: start) == SpoolHeader.marker, end <= bytes.count
      else {
        start += 1
        continue
      }
      (bytes[start + 14], bytes[start + 15]) = (0, 0)
      store(CRC32C.checksum(of: bytes.span.bytes.extracting(start + 48..<end)), at: start + 40, &bytes)
      store(CRC32C.checksum(of: bytes.span.bytes.extracting(start..<start + 44)), at: start + 44, &bytes)
      start = end
    }
  }

  private static func store(_ number: UInt32, at place: Int, _ bytes: inout [UInt8]) {
    for offset in 0..<4 { bytes[place + offset] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(offset))) }
  }

  private static func check(_ bytes: [UInt8], cut: Int) {
    let segment = SpoolSegment(bytes.span.bytes)
    guard segment.unknownVersion == nil else { return }
    let damaged = segment.damages.reduce(0) { $0 + $1.count }
    let known = segment.records.reduce(0) { $0 + $1.byteCount }
    let front = bytes.starts(with: SpoolSegment.preamble) ? SpoolSegment.preamble.count : 0
    precondition(segment.records.isEmpty || damaged + known + front == segment.end, "bytes belong to nothing")
    let again = SpoolSegment(file(segment.records).span.bytes)
    precondition(
      again.records == segment.records && again.damages.isEmpty, "records do not survive a second reading")
    recover([Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))])
    recover([file(segment.records)])
  }

  /// Opens a spool twice. The second opening gives the same result, unless the files are damaged.
  private static func recover(_ files: [[UInt8]]) {
    var files = files
    let first = recovery(files)
    guard first.damages.isEmpty else { return }
    var log = first.log
    for command in log.takeWork(first.state)?.commands ?? [] {
      if case .begin(_, let state) = command { files.append(file([.state(state)])) }
    }
    let second = recovery(files)
    precondition(!second.isRenewed, "a spool takes a new identity at each opening")
    precondition(second.state.producer == first.state.producer && second.state.epoch == first.state.epoch)
    precondition(
      second.batches.map(\.batch) == first.batches.map(\.batch), "batches change at the second opening")
  }

  private static func recovery(_ files: [[UInt8]]) -> SpoolRecovery {
    var replay = SpoolReplay()
    for (index, bytes) in files.enumerated() {
      replay.add(SpoolSegment(bytes.span.bytes), number: UInt64(index) + 1)
    }
    return SpoolRecovery(
      replay, segments: files.indices.map { (UInt64($0) + 1, files[$0].count) },
      fresh: ProducerID(high: 7, low: 7), capacity: 1 << 20)
  }
}
