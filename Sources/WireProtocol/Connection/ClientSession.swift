/// The credit and the sent batches of a client's connection, from WELCOME on.
struct ClientSession: ~Copyable {
  /// Limits that the server advertised.
  let limits: ConnectionLimits
  private(set) var liveness: Liveness
  private var credit: Credit
  private var used = Credit(batches: 0, bytes: 0)
  private var awaitingAcceptance = SentOrder()
  /// `settled through` of the last ACK.
  private var settledThrough: UInt64 = 0

  init(_ welcome: Welcome, now: ContinuousClock.Instant) {
    limits = welcome.limits
    credit = welcome.credit
    liveness = Liveness(heartbeat: limits.heartbeat, idleTimeout: limits.idleTimeout, now: now)
  }

  /// Sequence of the last batch that was sent; 0 before the first.
  var lastSent: UInt64 { awaitingAcceptance.last }

  /// Whether the credit covers a batch of `rawLength` bytes.
  func covers(rawLength: Int) -> Bool {
    let (bytes, overflow) = used.bytes.addingReportingOverflow(UInt64(rawLength))
    return !overflow && bytes <= credit.bytes && used.batches < credit.batches
  }

  /// Counts a batch against the credit, which must cover it.
  mutating func useCredit(_ sequence: UInt64, rawLength: Int) {
    precondition(covers(rawLength: rawLength), "the credit does not cover the batch")
    used.batches += 1
    used.bytes += UInt64(rawLength)
    awaitingAcceptance.append(sequence)
  }

  mutating func sent(at now: ContinuousClock.Instant) { liveness.sent(at: now) }

  mutating func received(at now: ContinuousClock.Instant) { liveness.received(at: now) }

  /// Applies an ACK.
  /// - Throws: `malformedFrame` when `settled through` fell.
  mutating func acknowledged(_ acknowledgement: Acknowledgement) throws(WireError) -> ClientConnection.OnBytes
  {
    let mark = acknowledgement.status.settledThrough
    guard mark >= settledThrough else {
      throw WireError(.malformedFrame, "settled through fell from \(settledThrough) to \(mark)")
    }
    settledThrough = mark
    switch acknowledgement {
    case .accepted(let sequence, let status):
      return .accepted(awaitingAcceptance.take(through: sequence), status)
    case .committed(let batches, let status):
      return .committed(batches, status)
    }
  }

  /// Applies a WINDOW.
  /// - Throws: `malformedFrame` when the credit fell.
  mutating func creditRaised(to window: Credit) throws(WireError) -> ClientConnection.OnBytes {
    guard window.batches >= credit.batches, window.bytes >= credit.bytes else {
      throw WireError(
        .malformedFrame,
        "WINDOW lowers the credit to \(window.batches) batches and \(window.bytes) bytes"
      )
    }
    credit = window
    return .creditRaised
  }

  /// Notes that a batch was refused: no acceptance of a later batch includes it.
  mutating func refused(_ sequence: UInt64) { awaitingAcceptance.remove(sequence) }
}

/// Sequences in the order in which they were sent, until they are accepted or refused.
struct SentOrder {
  private var sequences: [UInt64] = []
  private var head = 0
  /// Sequence of the last batch that was sent; 0 before the first.
  private(set) var last: UInt64 = 0

  mutating func append(_ sequence: UInt64) {
    sequences.append(sequence)
    last = sequence
  }

  /// Removes one sequence. Without effect when it is not there.
  mutating func remove(_ sequence: UInt64) {
    guard let place = sequences[head...].firstIndex(of: sequence) else { return }
    sequences.remove(at: place)
  }

  /// Removes and returns the sequences up to and including `sequence`; nothing when it is not there.
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
