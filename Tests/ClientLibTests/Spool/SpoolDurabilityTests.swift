import Foundation
import Synchronization
import Testing

@testable import ClientLib

/// A power failure between any two changes of a spool's files.
@Suite(.timeLimit(.minutes(2))) struct SpoolDurabilityTests {
  /// Batches of the test; their names are their sequences.
  private struct Known {
    var added: UInt64 = 0
    var settled: Set<UInt64> = []
    /// Every batch up to this sequence must survive.
    var promised: UInt64 = 0
  }

  private final class Ledger: Sendable {
    let known = Mutex(Known())
  }

  @Test(arguments: [Producer.Spool.Sync.everyBatch, .interval(.seconds(1))])
  func losesOnlyTheNewestRecordsAndNoneThatWasPromised(_ sync: Producer.Spool.Sync) async throws {
    try await withDirectory { parent in
      let (directory, ledger) = ("\(parent)/spool", Ledger())
      let disk = PowerDisk(directory) { disk in
        let known = ledger.known.withLock { $0 }
        for isLucky in [false, true] {
          var files = disk.files(isLucky: isLucky)
          let recovery = files.recover(fresh: .second)
          let found = Set(recovery.batches.map(\.batch.number.sequence))
          let highest = max(known.promised, found.max() ?? 0)
          let due = Set(highest > 0 ? 1...highest : 1...1).subtracting(known.settled)
          guard highest > 0 else { continue }
          #expect(recovery.damages.isEmpty)
          #expect(found.isSuperset(of: due), "lucky: \(isLucky), of \(known.added) batches")
          #expect(recovery.state.producer == .first)
        }
      }
      try publish(directory, sync, disk, ledger)
      #expect(disk.changes.contains { if case .remove = $0 { true } else { false } })
    }
  }

  @Test func neverSyncsWhenConfigured() async throws {
    try await withDirectory { parent in
      let disk = PowerDisk("\(parent)/spool") { _ in }
      try publish("\(parent)/spool", .never, disk, Ledger())
      #expect(disk.changes.contains { if case .remove = $0 { true } else { false } })
      #expect(!disk.changes.contains { if case .sync = $0 { true } else { false } })
    }
  }

  /// Writes and settles batches over several files, and syncs at times like a writer with an interval.
  private func publish(
    _ directory: String, _ sync: Producer.Spool.Sync, _ disk: PowerDisk, _ ledger: Ledger
  ) throws {
    var spool = try SpoolDirectory(directory, sync: sync, watch: disk.watch)
    var log = SpoolLog(segments: [], state: .sample(), capacity: 1 << 20)
    var state = SpoolState.sample()
    var segments: [UInt64: UInt64] = [:]
    for number in 1...60 as ClosedRange<UInt64> {
      segments[number] = log.append(.sample(number, bytes: 9_000), state)
      state.next = number + 1
      ledger.known.withLock { $0.added = number }
      // Out of order, so that records of one file settle batches of another.
      if number >= 14, number % 2 == 0 {
        for late in [number - 12, number - 13] {
          guard let segment = segments[late] else { continue }
          ledger.known.withLock { _ = $0.settled.insert(late) }
          log.settle(late, in: segment, highestCommitted: 0)
        }
      }
      guard let work = log.takeWork(state) else { continue }
      let progress = spool.perform(work.commands)
      #expect(progress.failure == nil)
      if case .interval = sync, number % 7 == 0 { try spool.syncNow() }
      let isPromised = sync == .everyBatch || sync != .never && number % 7 == 0
      ledger.known.withLock { if isPromised { $0.promised = number } }
    }
  }
}
