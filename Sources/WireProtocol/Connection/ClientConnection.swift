/// The client's side of one connection, without sockets, threads or clocks.
///
/// The shell sends what `takeOutput` gives, feeds `receive`, and acts on the events. What a producer still has
/// to keep is not decided here: a connection ends, batches outlive it. Rules: `spec/wire-protocol.md`.
public struct ClientConnection: ~Copyable {
  /// What came of the bytes.
  public enum Event: Hashable, Sendable {
    /// Call again when so many bytes are there.
    case needMore(total: Int)
    /// Nothing to do.
    case none
    /// The handshake is over. Batches that WELCOME does not list as settled are to be sent again.
    case welcomed(Welcome)
    /// The server's queue holds these batches now, in the order sent.
    case accepted([UInt64], AckStatus)
    /// These batches are committed.
    case committed([CommittedBatch], AckStatus)
    /// This batch was refused; the connection stays.
    case refused(sequence: UInt64, ErrorFrame)
    /// More may be sent.
    case creditRaised
    /// The server says for how long its store could not be reached; zero when it can.
    case storeAway(Duration)
    /// The server is about to stop: new batches belong on another connection.
    case leaving(GoAway)
    /// The connection is over, and why: the server's words, or this side's judgement.
    case failed(ErrorFrame)
  }

  /// Bytes used, and what came of them.
  public struct Step: Hashable, Sendable {
    /// How many of the bytes are done with.
    public let consumed: Int
    /// What came of them.
    public let event: Event
  }

  enum Phase: Hashable {
    case preface
    case welcome
    case open
    /// No further batch may be sent; answers still come.
    case leaving
    case closed
  }

  let hello: Hello
  let handshake: Duration
  let startedAt: ContinuousClock.Instant
  var phase = Phase.preface
  var output = FrameWriter()
  var liveness: Liveness
  var limits = ConnectionLimits.standard
  var credit = Credit(batches: 0, bytes: 0)
  var used = Credit(batches: 0, bytes: 0)
  var awaitingAcceptance = SentOrder()

  /// A connection that was just opened: the output holds preface and HELLO.
  public init(hello: Hello, handshake: Duration = .seconds(10), now: ContinuousClock.Instant) {
    self.hello = hello
    self.handshake = handshake
    startedAt = now
    liveness = Liveness(heartbeat: limits.heartbeat, silence: limits.silence, now: now)
    output.preface()
    output.hello(hello)
  }

  /// Whether batches may be sent at all.
  public var isOpen: Bool { phase == .open }

  /// Whether a batch of so many raw bytes may be sent now.
  public func maySend(rawLength: Int) -> Bool {
    let (bytes, overflow) = used.bytes.addingReportingOverflow(UInt64(rawLength))
    return phase == .open && !overflow && bytes <= credit.bytes && used.batches < credit.batches
  }

  /// Puts a batch into the output. `columns` are as `header.codec` says.
  public mutating func publish(_ header: PublishHeader, columns: [UInt8]) {
    precondition(maySend(rawLength: header.rawLength), "a batch beyond the credit")
    used.batches += 1
    used.bytes += UInt64(header.rawLength)
    awaitingAcceptance.append(header.sequence)
    output.publish(header, columns: columns)
  }

  /// Says that no further batch will come; answers are still awaited.
  public mutating func leave(reason: String) {
    guard phase == .open else { return }
    phase = .leaving
    output.goAway(GoAway(lastSequence: awaitingAcceptance.last, within: .zero, reason: reason))
  }

  /// Time has passed. A heartbeat goes into the output when one is due.
  public mutating func tick(now: ContinuousClock.Instant) -> Event {
    switch phase {
    case .closed: return .none
    case .preface, .welcome:
      guard now - startedAt >= handshake else { return .none }
      return fail(WireError(.handshakeTimeout, "the server did not answer HELLO within \(handshake)"))
    case .open, .leaving:
      switch liveness.verdict(at: now) {
      case .fine: return .none
      case .heartbeatDue:
        output.heartbeat(Heartbeat(storeAway: .zero))
        return .none
      case .peerSilent:
        return fail(WireError(.peerSilent, "nothing was received for \(limits.silence)"))
      }
    }
  }

  /// The bytes to send now.
  public mutating func takeOutput(now: ContinuousClock.Instant) -> [UInt8] {
    guard !output.isEmpty else { return [] }
    liveness.sent(at: now)
    return output.take()
  }

  /// Ends the connection with an ERROR in the output.
  mutating func fail(_ error: WireError) -> Event {
    phase = .closed
    output.error(ErrorFrame(error))
    return .failed(ErrorFrame(error))
  }
}

/// Sequences in the order in which they were sent, until they are accepted.
struct SentOrder {
  private var sequences: [UInt64] = []
  private var head = 0
  private(set) var last: UInt64 = 0

  mutating func append(_ sequence: UInt64) {
    sequences.append(sequence)
    last = sequence
  }

  /// Removes and returns everything up to and including `sequence`; nothing when it is not there.
  mutating func take(through sequence: UInt64) -> [UInt64] {
    guard let end = sequences[head...].firstIndex(of: sequence) else { return [] }
    defer {
      head = end + 1
      if head == sequences.count || head > 4_096 {
        sequences.removeFirst(head)
        head = 0
      }
    }
    return Array(sequences[head...end])
  }
}
