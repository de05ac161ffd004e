import WireProtocol

/// State of a spool's segments, and the commands to write next. Pure: `SpoolDirectory` executes the commands.
///
/// Records are appended to the newest segment. The oldest segment is deleted when all its batches are
/// settled. So the remaining segments begin with a state and have every later record.
struct SpoolLog: Sendable {
  /// The fewest bytes that a `restart` on a full disk must free: a block of most file systems.
  private static let leastFreed = 4_096

  /// One segment, which is a file.
  struct Segment: Hashable, Sendable {
    let number: UInt64
    /// Bytes of the segment after all commands, also of those that are not executed yet.
    var bytes: Int
    /// Unsettled batches in the segment.
    var unsettled = 0
  }

  /// A command for the directory.
  enum Command: Hashable, Sendable {
    /// Creates a segment that begins with a state. Later records are appended to it.
    case begin(segment: UInt64, SpoolState)
    case append(SpoolRecord)
    /// Overwrites a segment whose batches are all settled, so that it holds a state and nothing else. The
    /// command needs no space.
    case restart(segment: UInt64, SpoolState)
    case delete(segment: UInt64)
  }

  /// End of the log after some commands.
  struct Position: Hashable, Sendable {
    let epoch: UInt32
    /// The log has every batch below this sequence.
    let next: UInt64
    /// The log has the settlement of every batch below this sequence.
    let base: UInt64
  }

  /// Commands to execute in order.
  struct Work: Sendable {
    let commands: [Command]
    let position: Position
    /// Newest segment on the disk before the commands; nil when there was none.
    fileprivate let newestBefore: UInt64?
  }

  /// The most bytes of all segments together. No batch is taken beyond them.
  let capacity: Int
  private(set) var epoch: UInt32
  /// Bytes of all segments together.
  private(set) var bytes = 0
  /// Whether the disk had no space for the last write. Then no batch is taken until a write succeeds.
  private(set) var isDiskFull = false
  private let segmentBytes: Int
  /// Segments in ascending order. Records are appended to the last segment.
  private var segments: [Segment]
  /// Newest segment on the disk after the commands that were taken; nil when no segment is left.
  private var newestOnDisk: UInt64?
  /// Segment that waits to be deleted, and that a `restart` has emptied already, because the disk was full.
  private var emptied: UInt64?
  private var commands: [Command] = []
  /// Settled sequences that are not written yet.
  private var settled: [UInt64] = []
  /// Highest sequence of the epoch that was acknowledged as committed; 0 for none.
  private var highestCommitted: UInt64

  /// A log over the segments of earlier processes.
  /// - Parameter state: first record of the new segment that this log begins.
  init(segments: [Segment], state: SpoolState, capacity: Int) {
    self.segments = segments
    self.capacity = capacity
    epoch = state.epoch
    highestCommitted = state.highestCommitted
    segmentBytes = min(max(capacity / 16, 64 << 10), 64 << 20)
    bytes = segments.reduce(0) { $0 + $1.bytes }
    newestOnDisk = segments.last?.number
    begin(state)
  }

  /// Whether there is room for a batch of `bytes` bytes: within `capacity`, and on the disk.
  func hasRoom(for bytes: Int) -> Bool {
    !isDiskFull && self.bytes + bytes + SpoolHeader.bytes <= capacity
  }

  /// Number of the first segment with unsettled batches; nil when no segment has any.
  var oldestInUse: UInt64? { segments.first { $0.unsettled > 0 }?.number }

  /// `oldestInUse`, if that segment is on the disk and can be deleted once its batches are settled; otherwise
  /// nil. The newest segment on the disk cannot be deleted.
  var oldestToFree: UInt64? {
    guard let newestOnDisk, let oldest = oldestInUse, oldest < newestOnDisk else { return nil }
    return oldest
  }

  /// Writes a batch.
  /// - Returns: the number of its segment.
  mutating func append(_ batch: SpooledBatch, _ state: SpoolState) -> UInt64 {
    append(.batch(batch), state)
    segments[segments.count - 1].unsettled += 1
    return segments[segments.count - 1].number
  }

  /// Records that a batch is settled.
  /// - Parameter highestCommitted: the highest sequence that was acknowledged as committed so far. It is
  ///   written with the settlement, because it must be as durable as the removal of the batch.
  mutating func settle(_ sequence: UInt64, in segment: UInt64, highestCommitted: UInt64) {
    self.highestCommitted = highestCommitted
    if !(isDiskFull && withdraw(sequence, from: segment)) { settled.append(sequence) }
    guard let place = segments.firstIndex(where: { $0.number == segment }) else {
      preconditionFailure("a batch was settled whose file is gone")
    }
    segments[place].unsettled -= 1
    assert(segments[place].unsettled >= 0)
  }

  /// Writes a change of the producer's state. A state with a new epoch lists the batches that get new
  /// sequences.
  mutating func write(_ state: SpoolState) {
    recordSettled(state)
    (epoch, highestCommitted) = (state.epoch, state.highestCommitted)
    append(.state(state), state)
  }

  /// Returns the next commands; nil when there are none. While the disk is full, there are none until a
  /// segment can be freed.
  /// - Parameter isRetry: whether to try again although the disk was full.
  mutating func takeWork(_ state: SpoolState, isRetry: Bool = false) -> Work? {
    if isDiskFull {
      let frees = freeSpace(state)
      guard frees || isRetry else { return nil }
    }
    recordSettled(state)
    while segments.count > 1, segments[0].unsettled == 0 {
      commands.append(.delete(segment: segments[0].number))
      dropOldest()
    }
    guard !commands.isEmpty else {
      isDiskFull = false
      return nil
    }
    defer { commands = [] }
    let work = Work(
      commands: commands, position: Position(epoch: state.epoch, next: state.next, base: state.base),
      newestBefore: newestOnDisk)
    newestOnDisk = commands.newestBegun ?? newestOnDisk
    return work
  }

  /// Records that work was done, which shows that the disk has space.
  mutating func wrote() { isDiskFull = false }

  /// Records that the disk had no space for the command after the first `done` commands. The next `takeWork`
  /// returns this command and the commands after it again.
  /// - Parameter spooledBase: the base that was written last.
  /// - Returns: the end of the log on the disk; nil when no batch was written.
  mutating func ranOut(_ work: Work, done: Int, spooledBase: UInt64) -> Position? {
    isDiskFull = true
    let finished = work.commands.prefix(done)
    newestOnDisk = finished.newestBegun ?? work.newestBefore
    commands = work.commands.dropFirst(done) + commands
    guard let last = finished.compactMap(\.batch).last, last.epoch == epoch else { return nil }
    return Position(epoch: epoch, next: last.sequence + 1, base: spooledBase)
  }

  /// Removes the command that writes a batch.
  /// - Returns: false when the batch was written already.
  private mutating func withdraw(_ sequence: UInt64, from segment: UInt64) -> Bool {
    let number = SpoolNumber(epoch: epoch, sequence: sequence)
    guard let place = commands.firstIndex(where: { $0.batch == number }),
      case .append(let record) = commands[place]
    else { return false }
    commands.remove(at: place)
    bytes -= record.byteCount
    if let place = segments.firstIndex(where: { $0.number == segment }) {
      segments[place].bytes -= record.byteCount
    }
    return true
  }

  /// Puts the deletion of segments before all other commands. This order is safe for two reasons: the next
  /// segment begins with a state, and only batches in the deleted segments need the settlements that are not
  /// written yet.
  /// - Returns: false when no space can be freed.
  private mutating func freeSpace(_ state: SpoolState) -> Bool {
    guard let newestOnDisk else { return false }
    var freeing: [Command] = commands.filter { $0.deleted.map { $0 < newestOnDisk } ?? false }
    commands.removeAll { $0.deleted.map { $0 < newestOnDisk } ?? false }
    while let first = segments.first, first.unsettled == 0, first.number < newestOnDisk {
      freeing.append(.delete(segment: first.number))
      dropOldest()
    }
    if let restart = restart(newestOnDisk, state) { freeing.append(restart) }
    commands = freeing + commands
    return !freeing.isEmpty
  }

  /// Returns the command that empties the newest segment on the disk, if all its batches are settled; nil
  /// when this frees less than `leastFreed`.
  private mutating func restart(_ newest: UInt64, _ state: SpoolState) -> Command? {
    guard !commands.contains(where: \.renumbers) else { return nil }
    if commands.contains(.delete(segment: newest)) {
      // The segment is deleted after the next segment was created, for which there is no space yet.
      guard emptied != newest else { return nil }
      emptied = newest
      return .restart(segment: newest, state)
    }
    guard let place = segments.firstIndex(where: { $0.number == newest }), place == 0 else { return nil }
    // Records that will be appended to this segment.
    let waiting = commands.prefix { $0.begun == nil }
    let batches = waiting.count { $0.batch != nil }
    let bytes = waiting.reduce(0) { $0 + $1.appendedBytes }
    let begun = SpoolSegment.preamble.count + SpoolRecord.state(state).byteCount
    let freed = segments[place].bytes - bytes - begun
    guard segments[place].unsettled == batches, freed >= Self.leastFreed
    else { return nil }
    segments[place].bytes -= freed
    self.bytes -= freed
    return .restart(segment: newest, state)
  }

  private mutating func dropOldest() {
    bytes -= segments[0].bytes
    segments.removeFirst()
  }

  private mutating func recordSettled(_ state: SpoolState) {
    guard !settled.isEmpty else { return }
    append(.settled(epoch: epoch, highestCommitted: highestCommitted, settled), state)
    settled = []
  }

  private mutating func append(_ record: SpoolRecord, _ state: SpoolState) {
    if let last = segments.last, last.bytes >= segmentBytes { begin(state) }
    commands.append(.append(record))
    grow(by: record.byteCount)
  }

  private mutating func begin(_ state: SpoolState) {
    let number = (segments.last?.number ?? 0) + 1
    assert(newestOnDisk.map { $0 < number } ?? true, "a new file has the number of an older one")
    segments.append(Segment(number: number, bytes: 0))
    commands.append(.begin(segment: number, state))
    grow(by: SpoolSegment.preamble.count + SpoolRecord.state(state).byteCount)
  }

  private mutating func grow(by count: Int) {
    segments[segments.count - 1].bytes += count
    bytes += count
    assert(bytes == segments.reduce(0) { $0 + $1.bytes }, "the bytes of the files do not add up")
  }
}

extension SpoolLog.Command {
  /// The batch that the command writes.
  fileprivate var batch: SpoolNumber? {
    if case .append(.batch(let batch)) = self { batch.number } else { nil }
  }

  /// The segment that the command creates.
  fileprivate var begun: UInt64? {
    if case .begin(let segment, _) = self { segment } else { nil }
  }

  /// The segment that the command deletes.
  fileprivate var deleted: UInt64? {
    if case .delete(let segment) = self { segment } else { nil }
  }

  fileprivate var appendedBytes: Int {
    if case .append(let record) = self { record.byteCount } else { 0 }
  }

  /// Whether the command gives batches new sequences.
  fileprivate var renumbers: Bool {
    if case .append(.state(let state)) = self { !state.renumbered.isEmpty } else { false }
  }
}

extension Sequence<SpoolLog.Command> {
  fileprivate var newestBegun: UInt64? { compactMap(\.begun).last }
}
