import Testing
import WireProtocol

@testable import ClientLib

@Suite struct SpoolSegmentTests {
  static let records: [SpoolRecord] = [
    .state(
      .sample(
        next: 9, base: 3, highestCommitted: 8, lineage: .one, renumbered: [.sample(4), .sample(7, epoch: 0)])),
    .batch(.sample(9, bytes: 3)),
    .batch(
      SpooledBatch(
        number: .sample(UInt64(Int64.max), epoch: SpoolHeader.highestEpoch), events: 65_535, codec: .lz4,
        rawLength: 16 << 20,
        expiry: .max, bytes: [1])),
    .settled(epoch: 1, highestCommitted: 8, [3, 9]),
    .state(.sample(.second, epoch: 2)),
  ]

  @Test func readsWhatWasWritten() {
    let segment = SpoolSegment(Self.records.file.span.bytes)
    #expect(segment.records == Self.records)
    #expect(segment.damages.isEmpty)
    #expect(segment.end == Self.records.file.count)
  }

  @Test func knowsHowLongARecordIs() {
    for record in Self.records {
      let (header, body) = record.encoded()
      #expect(record.byteCount == header.count + body.count)
    }
  }

  @Test func cutsOffATornRecordWhereverItIsTorn() {
    let file = Self.records.file
    var ends = [SpoolSegment.preamble.count]
    for record in Self.records { ends.append((ends.last ?? 0) + record.byteCount) }
    for count in 0...file.count {
      let segment = SpoolSegment(Array(file.prefix(count)).span.bytes)
      let whole = ends.filter { $0 <= count }
      #expect(segment.records == Array(Self.records.prefix(max(0, whole.count - 1))), "after \(count) bytes")
      #expect(segment.end == whole.last ?? 0)
      #expect(segment.damages.isEmpty)
    }
  }

  @Test func losesOneRecordToOneDamagedByteAndFindsTheOthers() {
    let file = Self.records.file
    var start = SpoolSegment.preamble.count
    for (index, record) in Self.records.enumerated() {
      var others = Self.records
      others.remove(at: index)
      for offset in start..<start + record.byteCount {
        var bytes = file
        bytes[offset] ^= 0x41
        let segment = SpoolSegment(bytes.span.bytes)
        #expect(segment.records == others, "byte \(offset)")
        #expect(segment.damages == [start..<start + record.byteCount])
        #expect(segment.end == file.count)
      }
      start += record.byteCount
    }
  }

  @Test func doesNotReadAnotherVersion() {
    let file = SpoolSegment.preamble.dropLast() + [2] + Array(repeating: 7, count: SpoolHeader.bytes)
    #expect(SpoolSegment(file.span.bytes).unknownVersion == 2)
    #expect(SpoolSegment(file.span.bytes).records.isEmpty)
  }

  @Test func takesAnotherVersionBeforeKnownRecordsForDamage() {
    let whole = Self.records.file
    for count in [whole.count, SpoolSegment.preamble.count + 60, SpoolSegment.preamble.count + 5] {
      var file = Array(whole.prefix(count))
      file[7] = 3
      let segment = SpoolSegment(file.span.bytes)
      #expect(segment.unknownVersion == nil, "\(count) bytes")
      #expect(segment.records == (count == whole.count ? Self.records : []))
      #expect(segment.damages == [0..<SpoolSegment.preamble.count])
      #expect(segment.end == (count == whole.count ? count : SpoolSegment.preamble.count))
    }
  }

  @Test func findsTheTornEndAfterADamagedRecord() {
    var file = Self.records.file
    let start = file.count
    let batch = SpoolRecord.batch(.sample(1, bytes: 100))
    file += [batch].file.dropFirst(SpoolSegment.preamble.count)
    file[file.count - 1] ^= 1
    file += batch.encoded().header
    let segment = SpoolSegment(file.span.bytes)
    #expect(segment.records == Self.records)
    #expect(segment.damages == [start..<start + batch.byteCount])
    #expect(segment.end == start + batch.byteCount)
  }

  @Test func takesLostPagesForATornEndUnlessBatchesAreSynced() {
    let begun = Self.records.file
    let batch = SpoolRecord.batch(.sample(1, bytes: 9_000))
    let whole = begun + [batch].file.dropFirst(SpoolSegment.preamble.count)
    for kept in [begun.count, 4_096, 8_192] {
      let file = whole.prefix(kept) + Array(repeating: 0, count: whole.count - kept)
      let torn = SpoolSegment(file.span.bytes, zerosAreTorn: true)
      #expect(torn.end == begun.count && torn.damages.isEmpty, "from byte \(kept) on")
      let damaged = SpoolSegment(file.span.bytes, zerosAreTorn: false)
      #expect(damaged.damages == [begun.count..<whole.count], "from byte \(kept) on")
      #expect(damaged.records == Self.records)
    }
  }

  @Test func findsRecordsAfterADamagedBeginning() {
    var file = Self.records.file
    file[2] = 0
    let segment = SpoolSegment(file.span.bytes)
    #expect(segment.records == Self.records)
    #expect(segment.damages == [0..<SpoolSegment.preamble.count])
  }

  @Test func writesTheExampleOfTheSpecification() throws {
    let text = try repositoryText("spec/spool.md")
    let example = try #require(text.split(separator: "\n").first { $0.hasPrefix("    53504c52") })
    let (header, body) = SpoolRecord.settled(epoch: 1, highestCommitted: 0, [2]).encoded()
    let written = (header + body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(example.filter { $0 != " " } == written)
  }
}
