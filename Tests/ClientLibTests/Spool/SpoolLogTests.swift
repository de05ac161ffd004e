import Testing
import WireProtocol

@testable import ClientLib

@Suite struct SpoolLogTests {
  @Test func deletesAFileOnceNothingInItOrBeforeItIsUnsettled() {
    var log = SpoolLog(segments: [], state: .sample(), capacity: 1 << 20)
    var state = SpoolState.sample()
    var segments: [UInt64] = []
    for sequence in 1...4 as ClosedRange<UInt64> {
      segments.append(log.append(.sample(sequence, bytes: 100_000), state))
      state.next = sequence + 1
    }
    #expect(segments == [1, 2, 3, 4])
    log.settle(2, in: 2, highestCommitted: 0)
    #expect(deleted(log.takeWork(state)).isEmpty)
    log.settle(1, in: 1, highestCommitted: 0)
    #expect(deleted(log.takeWork(state)) == [1, 2])
    log.settle(3, in: 3, highestCommitted: 0)
    #expect(deleted(log.takeWork(state)) == [3])
    // The settled record begins the next file, which stays because it is the newest.
    log.settle(4, in: 4, highestCommitted: 0)
    #expect(deleted(log.takeWork(state)) == [4])
    #expect(log.takeWork(state) == nil)
  }

  private func deleted(_ work: SpoolLog.Work?) -> [UInt64] {
    work?.commands.compactMap { if case .delete(let segment) = $0 { segment } else { nil } } ?? []
  }

  @Test func hasRoomUpToItsCapacity() {
    let begun = SpoolLog(segments: [], state: .sample(), capacity: 1 << 20).bytes
    let room = 1 << 20
    var log = SpoolLog(segments: [], state: .sample(), capacity: room)
    let largest = room - begun - SpoolHeader.bytes
    #expect(log.hasRoom(for: largest))
    #expect(!log.hasRoom(for: largest + 1))
    _ = log.append(.sample(1, bytes: largest), .sample())
    #expect(log.bytes == room)
    #expect(!log.hasRoom(for: 0))
  }

  @Test func countsTheBytesThatItWrites() {
    var log = SpoolLog(segments: [], state: .sample(), capacity: 1 << 20)
    var disk = MemoryDisk()
    var state = SpoolState.sample()
    for sequence in 1...50 as ClosedRange<UInt64> {
      let segment = log.append(.sample(sequence, bytes: 9_000), state)
      state.next = sequence + 1
      if sequence.isMultiple(of: 3) {
        log.settle(sequence, in: segment, highestCommitted: 0)
      }
      for command in log.takeWork(state)?.commands ?? [] { disk.perform(command) }
      #expect(log.bytes == disk.files.values.reduce(0) { $0 + $1.count })
    }
  }
}

/// Random publishing, settling, dropping and renewing over an outbox with a spool, whose process is killed
/// at any byte that it writes.
@Suite struct SpoolCrashTests {
  @Test(arguments: 0..<25) func findsEverythingThatWasSpooledAndNotSettled(seed: UInt64) {
    var run = SpoolSimulation(seed: seed)
    for _ in 0..<12 {
      for _ in 0..<60 { run.step() }
      run.crash()
    }
  }
}

struct SpoolSimulation {
  private var generator: SeededGenerator
  private var outbox: Outbox
  private var disk = MemoryDisk()
  private var identities: UInt64 = 1
  private var published = 0
  /// Names of batches that the spool reported as written, and of batches that were settled.
  private var kept: Set<UInt64> = []
  private var settled: Set<UInt64> = []
  /// The highest base that may have been declared under the present identity.
  private var declared: UInt64 = 1

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    outbox = Self.outbox(disk.recover(fresh: .first))
  }

  private static func outbox(_ recovery: SpoolRecovery) -> Outbox {
    Outbox(
      recovery, capacity: Outbox.Capacity(bytes: 1 << 30, batches: 40), now: start,
      wallClock: Timestamp(microseconds: 0))
  }

  /// Name of a batch.
  private func name(_ bytes: [UInt8]) -> UInt64 { bytes.span.bytes.spoolInteger(UInt64.self, at: 0) }

  mutating func step() {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<40: publish()
    case 40..<70: settle()
    case 70..<72: renew()
    default: write()
    }
    declared = max(declared, outbox.declaredBase)
  }

  private mutating func publish() {
    published += 1
    var bytes: [UInt8] = []
    bytes.append(spool: UInt64(published))
    bytes += Array(repeating: 7, count: Int.random(in: 0..<20_000, using: &generator))
    guard outbox.hasRoom(for: bytes.count) else { return }
    outbox.add(EncodedBatch(bytes: bytes, codec: .none, rawLength: bytes.count, events: 1), BatchPromise())
  }

  private mutating func settle() {
    let sendable = outbox.window.all.filter { $0.sequence <= outbox.spooledThrough }
    guard let (sequence, entry) = sendable.prefix(5).randomElement(using: &generator) else { return }
    settled.insert(name(entry.encoded.bytes))
    if Bool.random(using: &generator) {
      _ = outbox.remove(sequence)
    } else {
      _ = outbox.commit([sequence], lineage: Bool.random(using: &generator) ? .one : .other)
    }
  }

  private mutating func renew() {
    identities += 1
    outbox.renew(as: ProducerID(high: identities, low: 0))
    declared = 1
  }

  private mutating func write() {
    guard let work = outbox.takeSpoolWork() else { return }
    for command in work.commands { disk.perform(command) }
    _ = outbox.spooled(through: work.position)
    for (sequence, entry) in outbox.window.all where sequence <= outbox.spooledThrough {
      kept.insert(name(entry.encoded.bytes))
    }
    let bound = 1 << 20
    #expect(outbox.isEmpty || disk.files.values.reduce(0) { $0 + $1.count } <= bound + 40 * 4_096)
  }

  /// The process ends in the middle of a write, and another one opens the spool.
  mutating func crash() {
    let (identity, epoch) = (outbox.producer, outbox.spool?.epoch)
    let before = disk.recover(fresh: ProducerID(high: 0, low: 0)).state
    let commands = outbox.takeSpoolWork()?.commands ?? []
    let done = Int.random(in: 0...commands.count, using: &generator)
    for command in commands.prefix(done) { disk.perform(command) }
    if done < commands.count {
      disk.perform(commands[done], limit: Int.random(in: 0..<60, using: &generator))
    }
    let recovery = disk.recover(fresh: ProducerID(high: 0, low: 0))
    let found = Set(recovery.batches.map { name($0.batch.bytes) })
    let (damages, isRenewed) = (recovery.damages, recovery.isRenewed)
    #expect(damages == [])
    #expect(!isRenewed)
    #expect(found.isSuperset(of: kept.subtracting(settled)), "something that was kept is lost")
    let (state, batches) = (recovery.state, recovery.batches.map(\.batch.number.sequence))
    #expect(batches.count == found.count, "a batch was found twice")
    #expect(state.producer == (state.epoch == epoch ? identity : before.producer))
    if state.epoch == epoch { #expect(batches.first ?? state.next >= declared, "the base fell") }
    kept.formUnion(found)
    settled.subtract(found)
    outbox = Self.outbox(recovery)
    declared = outbox.declaredBase
  }
}
