import Testing
import WireProtocol

@testable import ClientLib

@Suite struct SpoolSegmentTests {
  static let records: [SpoolRecord] = [
    .state(.sample(next: 9, base: 3, lineage: .one, renumbered: [.sample(4), .sample(7, epoch: 0)])),
    .batch(.sample(9, bytes: 3)),
    .batch(
      SpooledBatch(
        number: .sample(UInt64(Int64.max), epoch: SpoolHeader.highestEpoch), events: 65_535, codec: .lz4,
        rawLength: 16 << 20,
        expiry: .max, bytes: [1])),
    .settled(epoch: 1, [3, 9]),
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
    for (index, record) in Self.records.dropLast().enumerated() {
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
    var file = Self.records.file
    file[7] = 2
    #expect(SpoolSegment(file.span.bytes).strangeVersion == 2)
    #expect(SpoolSegment(file.span.bytes).records.isEmpty)
  }

  @Test func findsRecordsBehindADamagedBeginning() {
    var file = Self.records.file
    file[2] = 0
    let segment = SpoolSegment(file.span.bytes)
    #expect(segment.records == Self.records)
    #expect(segment.damages == [0..<SpoolSegment.preamble.count])
  }

  @Test func writesTheExampleOfTheSpecification() throws {
    let text = try repositoryText("spec/spool.md")
    let example = try #require(text.split(separator: "\n").first { $0.hasPrefix("    53504c52") })
    let (header, body) = SpoolRecord.settled(epoch: 1, [2]).encoded()
    let written = (header + body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(example.filter { $0 != " " } == written)
  }
}
