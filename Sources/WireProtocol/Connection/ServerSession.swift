/// The batches of one registered connection: which are outstanding, which are settled, and what is to be
/// acknowledged.
struct ServerSession: ~Copyable {
  /// Result of a PUBLISH.
  enum OnPublish {
    /// The batch is taken.
    case admit(PublishHeader)
    /// The batch was refused with an ERROR; the connection stays.
    case refused
    /// The client broke a rule: the connection ends.
    case violation(WireError)
  }

  let producer: ProducerID
  private let features: Features
  private var credit: CreditAccount
  private var settled: SettledWindow
  /// Sequence of the last PUBLISH that was admitted; 0 before the first.
  private(set) var lastTaken: UInt64 = 0
  /// Whether credit that came back is not given yet.
  var isCreditHeld = false
  private var unsentAccepted: UInt64?
  private var unsentCommitted: [CommittedBatch] = []

  init(producer: ProducerID, features: Features, credit: CreditAccount, settled: SettledWindow) {
    self.producer = producer
    self.features = features
    self.credit = credit
    self.settled = settled
  }

  /// Whether every batch is answered and every answer is in the output.
  var isAnswered: Bool {
    credit.outstandingCount == 0 && unsentAccepted == nil && unsentCommitted.isEmpty
  }

  /// Checks a PUBLISH in the order of the specification (section 5, steps 1 to 5) and takes the batch.
  /// - Parameter output: receives the ERROR when the batch is refused.
  mutating func receive(
    _ header: FrameHeader, _ body: RawSpan, limits: ConnectionLimits, output: inout FrameWriter
  ) -> OnPublish {
    do throws(WireError) {
      let publish = try PublishHeader(header, body: body, features: features)
      try take(publish)
      if let error = Self.refusal(of: publish, limits) {
        refuse(publish.sequence, error, to: &output)
        return .refused
      }
      settled.raise(base: publish.base)
      lastTaken = publish.sequence
      return .admit(publish)
    } catch {
      return .violation(error)
    }
  }

  private mutating func take(_ publish: PublishHeader) throws(WireError) {
    guard !credit.isOutstanding(publish.sequence) else {
      throw WireError(
        .unexpectedFrame, "batch \(publish.sequence) was sent again before it was answered on this connection"
      )
    }
    guard credit.use(publish.sequence, bytes: publish.rawLength) else {
      throw WireError(
        .creditExceeded, "batch \(publish.sequence) exceeds the credit given by WELCOME and WINDOW")
    }
  }

  private static func refusal(of publish: PublishHeader, _ limits: ConnectionLimits) -> WireError? {
    let (end, overflow) = publish.base.addingReportingOverflow(UInt64(limits.span))
    guard publish.sequence >= publish.base, overflow || publish.sequence < end else {
      return WireError(
        .sequenceOutOfSpan,
        "batch \(publish.sequence) is outside \(publish.base)..<\(publish.base) + \(limits.span)")
    }
    guard publish.rawLength <= limits.batch.rawBytes else {
      return WireError(
        .batchTooLarge,
        "batch \(publish.sequence) has \(publish.rawLength) raw bytes; the limit is \(limits.batch.rawBytes)")
    }
    return nil
  }

  /// Notes that a batch is in the queue.
  mutating func accepted(_ sequence: UInt64) {
    guard credit.isOutstanding(sequence) else { return }
    unsentAccepted = sequence
  }

  /// Notes that a batch is committed.
  mutating func committed(_ batch: CommittedBatch) {
    guard credit.giveBack(batch.sequence) else { return }
    settled.settle(batch.sequence)
    unsentCommitted.append(batch)
  }

  /// Writes the ERROR of a refused batch.
  mutating func refuse(_ sequence: UInt64, _ error: WireError, to output: inout FrameWriter) {
    guard credit.giveBack(sequence) else { return }
    output.error(ErrorFrame(error, sequence: sequence))
  }

  /// Writes the acknowledgements since the last call, one frame of each kind, and new credit.
  mutating func writeAcknowledgements(queue: (batches: Int, bytes: Int), to output: inout FrameWriter) {
    let status = AckStatus(
      queuedBatches: UInt32(clamping: queue.batches), queuedBytes: UInt64(clamping: queue.bytes),
      settledThrough: settled.through)
    if let sequence = unsentAccepted {
      assert(lastTaken > 0, "a batch was accepted before one was taken")
      output.acknowledgement(.accepted(sequence: sequence, status))
      unsentAccepted = nil
    }
    if !unsentCommitted.isEmpty {
      output.acknowledgement(.committed(unsentCommitted, status))
      unsentCommitted.removeAll(keepingCapacity: true)
    }
    if !isCreditHeld, let more = credit.takeAdvertisement() { output.window(more) }
  }
}
