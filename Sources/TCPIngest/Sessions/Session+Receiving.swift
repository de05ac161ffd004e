import Ingest
import Logging
import SocketIO
import WireProtocol

extension Session {
  /// Below this, what is missing of a frame is read together with what follows it.
  private static let directReadBytes = 16 << 10

  func willRead(_ target: inout ReadTarget, from socket: StreamSocket) {
    guard isOpen, stall == nil, !partial.isEmpty, partial.missing >= Self.directReadBytes else { return }
    let before = partial.bytes.count
    partial.fill(&target)
    let count = partial.bytes.count - before
    guard count > 0 else { return }
    services.activity.bytesReceived(count)
    partialGrew(at: ContinuousClock.now)
  }

  func received(_ bytes: RawSpan, from socket: StreamSocket) {
    services.activity.bytesReceived(bytes.byteCount)
    guard isOpen else { return }
    process(bytes, at: ContinuousClock.now)
  }

  /// Answers all that arrived in this turn, and whatever has been settled meanwhile, at once.
  func turnEnded(of socket: StreamSocket) {
    guard isOpen else { return }
    let now = ContinuousClock.now
    if let mailbox { deliver(mailbox.takeAhead(), at: now) }
    flush(at: now)
  }

  /// Completes the partial frame, then looks at what follows it.
  func process(_ bytes: RawSpan, at now: ContinuousClock.Instant) {
    var offset = 0
    while isOpen, offset < bytes.byteCount {
      guard stall == nil else { return keep(bytes.extracting(offset..<bytes.byteCount)) }
      if partial.isEmpty {
        offset += takeFrames(bytes.extracting(offset..<bytes.byteCount), at: now)
      } else {
        let count = min(partial.missing, bytes.byteCount - offset)
        partial.append(bytes.extracting(offset..<(offset + count)))
        offset += count
        partialGrew(at: now)
      }
    }
  }

  private func partialGrew(at now: ContinuousClock.Instant) {
    guard partial.isComplete else { return machine.bodyGrew(to: partial.bytes.count, now: now) }
    let frame = partial.take()
    let used = takeFrames(frame.span.bytes, at: now)
    assert(used == frame.count || !isOpen || stall != nil, "a complete frame was not used up")
    if used < frame.count, stall != nil { keep(frame.span.bytes.extracting(used..<frame.count)) }
    services.spareFrames.give(frame)
  }

  /// Feeds whole frames to the machine. What is left of `bytes` becomes the partial frame, unless a stall
  /// comes first.
  /// - Returns: the number of bytes that are taken care of.
  private func takeFrames(_ bytes: RawSpan, at now: ContinuousClock.Instant) -> Int {
    var offset = 0
    while isOpen, stall == nil, offset < bytes.byteCount {
      let rest = bytes.extracting(offset..<bytes.byteCount)
      guard reserveMemory(for: rest, at: now) else { return offset }
      let step = machine.receive(rest, now: now)
      offset += step.consumed
      switch step.action {
      case .needMore(let total):
        partial = PartialFrame(rest, total: total, in: services.spareFrames.take(total))
        return bytes.byteCount
      case .proceed:
        giveBackReservation()
      case .register(let hello):
        register(hello)
      case .admit(let publish, let body):
        admit(publish, rest.extracting(body), at: now)
      case .close(let error):
        refuse(error, at: now)
      case .turnAway(let line):
        surroundings.refusals.log("turned away a client of another kind", at: now) { peerMetadata }
        socket.send(line)
        linger(from: now)
      }
    }
    return offset
  }

  /// Makes sure that the memory of the batch at the start of `bytes` is there before it is received.
  /// - Returns: false when the session stalls until it is.
  private func reserveMemory(for bytes: RawSpan, at now: ContinuousClock.Instant) -> Bool {
    guard reserved == nil, let batch = machine.announcedBatch(in: bytes) else { return true }
    let frame = bytes.byteCount < batch.frameBytes ? batch.frameBytes : 0
    let amount = batch.rawBytes + frame
    if services.memory.reserve(amount) {
      reserved = amount
      return true
    }
    pause(.memory, at: now)
    let this = LoopBound(self, on: socket.loop)
    let memory = services.memory
    memory.whenAvailable(amount) {
      this.loop.run {
        let session = this.value
        guard session.isOpen, case .memory = session.stall else { return memory.release(amount) }
        session.reserved = amount
        session.resume(at: ContinuousClock.now)
      }
    }
    return false
  }

  /// Keeps bytes that can not be looked at now. Nothing more is read until they were.
  private func keep(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { backlog.append(contentsOf: $0) }
  }

  func pause(_ reason: Stall, at now: ContinuousClock.Instant) {
    stall = reason
    socket.pauseReading()
    machine.readingChanged(false, now: now)
  }

  /// The stall is over: goes on with what was kept, then with the socket.
  func resume(at now: ContinuousClock.Instant) {
    stall = nil
    machine.readingChanged(true, now: now)
    let kept = backlog
    backlog = []
    process(kept.span.bytes, at: now)
    flush(at: now)
    if isOpen, stall == nil { socket.resumeReading() }
  }
}
