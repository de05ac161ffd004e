import Ingest
import SocketIO

/// The received bytes of one connection that are not processed yet, and the reason why they wait.
///
/// A value without socket, queue or lock: `IngestConnection` gives it bytes and does what the results say.
struct ReceiveState: ~Copyable {
  /// The next read from the transport.
  enum ReadPlan: Equatable {
    /// Into the shared buffer of the loop.
    case shared
    /// Into the memory of the partial frame.
    case direct
    /// No read before other connections release memory.
    case wait
  }

  /// The result of taking received bytes.
  enum OnBytes: Equatable {
    /// Frames begin here; no partial frame is held. No bytes were taken.
    case frames
    /// The partial frame now has `held` bytes and is not complete.
    case partial(held: Int)
    /// The partial frame is complete; these are its bytes.
    case complete([UInt8])
    /// The connection is stalled: the bytes are in the backlog.
    case kept
  }

  /// If less is missing of a frame, the rest is read together with the bytes that follow the frame.
  private static let directReadBytes = 16 << 10

  private(set) var stall: Stall?
  private(set) var pace = FramePace()
  private var partial = PartialFrame()
  /// Bytes that arrived and wait for the end of a stall; at most one frame and one receive buffer.
  private var backlog: [UInt8] = []
  /// Memory for the columns of the batch that comes next.
  private var reservation: (bytes: Int, memory: MemoryReservation)?
  private var hasEnded = false

  var isStalled: Bool { stall != nil }
  var isBetweenFrames: Bool { partial.isEmpty }
  var hasReservation: Bool { reservation != nil }
  /// Bytes of memory held for received bytes.
  var memory: Int { partial.memory + backlog.count }

  /// Decides where the next read goes.
  /// - Parameter mayGrow: whether the connection may take memory that it does not have yet.
  mutating func planRead(mayGrow: Bool, buffers: BufferPool) -> ReadPlan {
    precondition(!isStalled && !hasEnded, "a read came while reading was paused")
    guard mayGrow else { return partial.room > 0 ? .direct : .wait }
    guard partial.missing >= Self.directReadBytes else { return .shared }
    partial.makeRoom(buffers: buffers)
    return .direct
  }

  /// Reads into the memory of the partial frame.
  /// - Returns: the number of bytes that arrived, and the state of the frame.
  mutating func fill(_ target: inout ReadTarget, at now: ContinuousClock.Instant) -> (Int, OnBytes) {
    let before = partial.bytes.count
    partial.fill(&target)
    return (partial.bytes.count - before, grown(at: now))
  }

  /// Takes received bytes from `offset` on, and moves `offset` after the bytes that were taken.
  mutating func take(
    _ bytes: RawSpan, from offset: inout Int, buffers: BufferPool, at now: ContinuousClock.Instant
  ) -> OnBytes {
    precondition(!hasEnded, "bytes were taken after the end")
    guard !isStalled else {
      bytes.extracting(offset..<bytes.byteCount).withUnsafeBytes { backlog.append(contentsOf: $0) }
      offset = bytes.byteCount
      return .kept
    }
    guard !partial.isEmpty else { return .frames }
    let end = min(offset + partial.missing, bytes.byteCount)
    partial.append(bytes.extracting(offset..<end), buffers: buffers)
    offset = end
    return grown(at: now)
  }

  /// Keeps the beginning of a frame of `total` bytes.
  mutating func begin(
    _ beginning: RawSpan, total: Int, buffers: BufferPool, at now: ContinuousClock.Instant
  ) {
    precondition(partial.isEmpty && !hasEnded, "a frame began within another one, or after the end")
    partial = PartialFrame(beginning, total: total, buffers: buffers)
    pace.held(beginning.byteCount, at: now)
  }

  /// Ends the processing of a complete frame. A frame of which nothing was used waits for the end of a stall.
  mutating func finish(_ frame: consuming [UInt8], used: Int, buffers: BufferPool) {
    if isStalled, used < frame.count {
      precondition(used == 0 && backlog.isEmpty, "a frame was used in part, or bytes after it already wait")
      backlog = frame
    } else {
      precondition(used == frame.count || hasEnded, "a complete frame was not used up")
      buffers.give(frame)
    }
  }

  private mutating func grown(at now: ContinuousClock.Instant) -> OnBytes {
    guard partial.isComplete else {
      pace.held(partial.bytes.count, at: now)
      return .partial(held: partial.bytes.count)
    }
    pace.held(0, at: now)
    return .complete(partial.take())
  }

  /// Stops looking at bytes. A stall may be replaced by another one.
  mutating func stall(_ reason: Stall, at now: ContinuousClock.Instant) {
    precondition(!hasEnded, "a connection stalled after its end")
    stall = reason
    pace.readingChanged(false, at: now)
  }

  /// Ends the stall.
  /// - Returns: the backlog, which comes before anything that is read from now on.
  mutating func resume(at now: ContinuousClock.Instant) -> [UInt8] {
    precondition(isStalled, "a connection resumed that was not stalled")
    stall = nil
    pace.readingChanged(true, at: now)
    defer { backlog = [] }
    return backlog
  }

  /// Holds `bytes` of memory for the columns of the batch that comes next.
  mutating func hold(_ memory: MemoryReservation, of bytes: Int) {
    precondition(reservation == nil && !hasEnded, "memory was reserved twice, or after the end")
    reservation = (bytes, memory)
  }

  /// Hands the reservation to a batch whose columns take `bytes`.
  mutating func takeReservation(of bytes: Int) -> MemoryReservation {
    guard let held = reservation, held.bytes >= bytes else {
      preconditionFailure("a batch is decompressed only into memory that was reserved for it")
    }
    reservation = nil
    return held.memory
  }

  /// Releases the reservation of a batch that is not taken.
  mutating func dropReservation() { reservation = nil }

  /// Releases everything: no byte is looked at any more.
  mutating func end() {
    hasEnded = true
    stall = nil
    reservation = nil
    partial = PartialFrame()
    backlog = []
  }
}

/// The frame of a connection that has begun to arrive and is not complete.
///
/// Its memory grows with the bytes that came, so a peer that announces a large frame and sends little of it
/// takes little memory.
struct PartialFrame {
  /// The memory is at most this multiple of the bytes that came, once it is more than `smallest`.
  private static let growth = 4
  private static let smallest = 4 << 10

  private(set) var bytes: [UInt8] = []
  private var total = 0

  var isEmpty: Bool { bytes.isEmpty }
  var isComplete: Bool { !bytes.isEmpty && bytes.count >= total }
  /// Bytes that have not arrived yet; 0 between frames.
  var missing: Int { total - bytes.count }
  /// Bytes that can be appended without more memory.
  var room: Int { min(missing, bytes.capacity - bytes.count) }
  /// Bytes of memory that the frame takes.
  var memory: Int { isEmpty ? 0 : bytes.capacity }

  /// The beginning of a frame of `total` bytes.
  init(_ beginning: RawSpan, total: Int, buffers: BufferPool) {
    precondition(beginning.byteCount < total, "a complete frame is not kept")
    self.total = total
    append(beginning, buffers: buffers)
  }

  /// No frame.
  init() {}

  mutating func append(_ more: RawSpan, buffers: BufferPool) {
    precondition(more.byteCount <= missing, "bytes of the next frame were appended")
    if more.byteCount > room { grow(toHold: bytes.count + more.byteCount, buffers) }
    more.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Takes more memory if there is no room.
  mutating func makeRoom(buffers: BufferPool) {
    if room == 0, missing > 0 { grow(toHold: bytes.count, buffers) }
  }

  /// Reads missing bytes straight from the transport, as far as there is room.
  mutating func fill(_ target: inout ReadTarget) {
    precondition(room > 0, "there is no room to read into")
    target.append(to: &bytes, atMost: room)
  }

  /// Returns the bytes of the frame, and keeps none.
  mutating func take() -> [UInt8] {
    defer { self = PartialFrame() }
    return bytes
  }

  private mutating func grow(toHold count: Int, _ buffers: BufferPool) {
    let wanted = min(total, max(Self.smallest, count * Self.growth))
    var larger = buffers.take(wanted)
    larger.reserveCapacity(wanted)
    larger.append(contentsOf: bytes)
    let old = bytes
    bytes = larger
    buffers.give(old)
  }
}
