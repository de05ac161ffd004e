import Foundation
import Testing

@testable import ClientLib

/// One flipped bit, anywhere in the files of a spool.
@Suite(.timeLimit(.minutes(2))) struct SpoolDamageTests {
  private static let files: [[SpoolRecord]] = [
    [
      .state(.sample()), .batch(.sample(1)), .batch(.sample(2)),
      .settled(epoch: 1, highestCommitted: 1, [1]),
    ],
    [.state(.sample(next: 3, base: 2, highestCommitted: 1)), .batch(.sample(3)), .batch(.sample(4))],
  ]

  private static func path(_ directory: String, _ number: Int) -> String {
    "\(directory)/000000000000000\(number).spool"
  }

  /// The batch in the record around `offset`.
  private static func batch(at offset: Int, of file: [SpoolRecord]) -> UInt64? {
    var end = SpoolSegment.preamble.count
    for record in file {
      end += record.byteCount
      guard offset < end else { continue }
      if case .batch(let batch) = record { return batch.number.sequence }
      return nil
    }
    return nil
  }

  @Test(arguments: [Producer.Spool.Sync.everyBatch, .interval(.seconds(1)), .never])
  func isReportedAndCopiedAndCostsOnlyItsRecord(_ sync: Producer.Spool.Sync) async throws {
    try await withDirectory { directory in
      let spool = try SpoolDirectory(directory, sync: sync)
      for (index, records) in Self.files.enumerated() {
        try Data(records.file).write(to: URL(filePath: Self.path(directory, index + 1)))
      }
      for (index, records) in Self.files.enumerated() {
        for byte in 0..<records.file.count {
          try flip(8 * byte + byte % 8, of: index + 1, in: directory, spool)
          try Data(records.file).write(to: URL(filePath: Self.path(directory, index + 1)))
        }
      }
    }
  }

  private func flip(
    _ bit: Int, of number: Int, in directory: String, _ spool: borrowing SpoolDirectory
  ) throws {
    let records = Self.files[number - 1]
    var bytes = records.file
    bytes[bit / 8] ^= 1 << (bit % 8)
    try Data(bytes).write(to: URL(filePath: Self.path(directory, number)))
    let content = try spool.read(copyBytes: 1 << 20)
    let recovery = SpoolRecovery(
      content.replay, segments: content.segments, fresh: .second, capacity: 1 << 20)

    let damage = try #require(recovery.damages.first, "bit \(bit) of file \(number) is not told")
    #expect(recovery.damages.count == 1 && damage.segment == number && damage.bytes.contains(bit / 8))
    #expect(content.tornBytes == 0)
    let copy = try #require(content.copies[damage])
    #expect(try Data(contentsOf: URL(filePath: copy)) == Data(bytes[damage.bytes]))
    try FileManager.default.removeItem(atPath: copy)
    #expect(recovery.isRenewed && recovery.state.producer == .second)
    // The name of a batch is its first byte.
    let found = Set(recovery.batches.compactMap { $0.batch.bytes.first.map(UInt64.init) })
    let lost = Set([Self.batch(at: bit / 8, of: records)].compactMap { $0 })
    #expect(found.isSuperset(of: Set([2, 3, 4]).subtracting(lost)), "bit \(bit) of file \(number)")
  }

  @Test func copiesNoMoreBytesThanTheSpoolMayHave() async throws {
    try await withDirectory { directory in
      var bytes = Self.files[0].file
      bytes[200] ^= 1
      try Data(bytes).write(to: URL(filePath: Self.path(directory, 1)))
      let content = try SpoolDirectory(directory, sync: .never).read(copyBytes: 5)
      #expect(content.replay.damages.count == 1)
      #expect(content.copies.isEmpty)
    }
  }
}
