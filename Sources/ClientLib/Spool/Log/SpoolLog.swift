import WireProtocol

/// What the files of a spool hold, and what is to be written to them next. Pure: the writer does what it
/// says.
///
/// Records are appended to the newest file. The oldest file goes once none of its batches is unsettled, so
/// that what is left always begins with a state and holds everything that came after it.
struct SpoolLog: Sendable {
  /// One file.
  struct Segment: Hashable, Sendable {
    let number: UInt64
    var bytes: Int
    /// Batches in it that are not settled.
    var unsettled = 0
  }

  /// What the writer is to do.
  enum Command: Hashable, Sendable {
    /// Begins a file with a state, and goes on there.
    case begin(segment: UInt64, SpoolState)
    case append(SpoolRecord)
    case delete(segment: UInt64)
  }

  /// How far the log reaches once some commands are done.
  struct Mark: Hashable, Sendable {
    let epoch: UInt32
    /// Every batch below it is in the log.
    let next: UInt64
    /// Everything below it is settled in the log.
    let base: UInt64
  }

  /// Commands, to be done in order.
  struct Work: Sendable {
    let commands: [Command]
    let mark: Mark
  }

  /// Bytes that all files may have together.
  let capacity: Int
  private(set) var epoch: UInt32
  /// Bytes that all files have.
  private(set) var bytes = 0
  private let segmentBytes: Int
  /// The oldest first; the last one is being written.
  private var segments: [Segment]
  private var commands: [Command] = []
  /// Settled, but not yet recorded.
  private var settled: [UInt64] = []

  /// The log over the files of earlier processes.
  /// - Parameter state: where the producer stands; it begins a file of its own.
  init(segments: [Segment], state: SpoolState, capacity: Int) {
    self.segments = segments
    self.capacity = capacity
    epoch = state.epoch
    segmentBytes = min(max(capacity / 16, 64 << 10), 64 << 20)
    bytes = segments.reduce(0) { $0 + $1.bytes }
    begin(state)
  }

  /// Whether a batch of so many bytes fits beside what the files hold.
  func hasRoom(for bytes: Int) -> Bool { self.bytes + bytes + SpoolHeader.bytes <= capacity }

  /// The first file that has unsettled batches; nil when none has.
  var oldestInUse: UInt64? { segments.first { $0.unsettled > 0 }?.number }

  /// Keeps a batch, and returns the number of its file.
  mutating func append(_ batch: SpooledBatch, _ state: SpoolState) -> UInt64 {
    append(.batch(batch), state)
    segments[segments.count - 1].unsettled += 1
    return segments[segments.count - 1].number
  }

  /// A batch needs no further answer.
  mutating func settle(_ sequence: UInt64, in segment: UInt64) {
    settled.append(sequence)
    guard let place = segments.firstIndex(where: { $0.number == segment }) else {
      preconditionFailure("a batch was settled whose file is gone")
    }
    segments[place].unsettled -= 1
    assert(segments[place].unsettled >= 0)
  }

  /// Something about the producer changed other than by batches. A new epoch says which batches go over.
  mutating func note(_ state: SpoolState) {
    recordSettled(state)
    epoch = state.epoch
    append(.state(state), state)
  }

  /// What is to be done now; nil for nothing.
  mutating func takeWork(_ state: SpoolState) -> Work? {
    recordSettled(state)
    while segments.count > 1, segments[0].unsettled == 0 {
      commands.append(.delete(segment: segments[0].number))
      bytes -= segments[0].bytes
      segments.removeFirst()
    }
    guard !commands.isEmpty else { return nil }
    defer { commands = [] }
    return Work(
      commands: commands, mark: Mark(epoch: state.epoch, next: state.next, base: state.base))
  }

  private mutating func recordSettled(_ state: SpoolState) {
    guard !settled.isEmpty else { return }
    append(.settled(epoch: epoch, settled), state)
    settled = []
  }

  private mutating func append(_ record: SpoolRecord, _ state: SpoolState) {
    if let last = segments.last, last.bytes >= segmentBytes { begin(state) }
    commands.append(.append(record))
    grow(by: record.byteCount)
  }

  private mutating func begin(_ state: SpoolState) {
    let number = (segments.last?.number ?? 0) + 1
    segments.append(Segment(number: number, bytes: 0))
    commands.append(.begin(segment: number, state))
    grow(by: SpoolSegment.preamble.count + SpoolRecord.state(state).byteCount)
  }

  private mutating func grow(by count: Int) {
    segments[segments.count - 1].bytes += count
    bytes += count
  }
}
