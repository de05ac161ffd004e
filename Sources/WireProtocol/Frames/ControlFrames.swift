/// WINDOW: the credit so far (`spec/wire-protocol.md`, section 7).
extension Credit {
  /// Reads a WINDOW's body.
  /// - Throws: `malformedFrame`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    self.init(batches: try reader.uint64(body), bytes: try reader.uint64(body))
    try reader.finish()
  }
}

/// HEARTBEAT: shows that the sender is alive (`spec/wire-protocol.md`, section 9).
public struct Heartbeat: Hashable, Sendable {
  /// Time since the store cannot be reached; zero when it can.
  public let storeUnavailable: Duration

  /// A heartbeat of a server whose store is unavailable for this time.
  public init(storeUnavailable: Duration) {
    self.storeUnavailable = storeUnavailable
  }

  /// Reads a HEARTBEAT's body.
  /// - Throws: `malformedFrame`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    storeUnavailable = .milliseconds(try reader.uint32(body))
    try reader.finish()
  }
}

/// GOAWAY: the sender is about to leave (`spec/wire-protocol.md`, section 10).
public struct GoAway: Hashable, Sendable {
  /// Sequence of the last PUBLISH taken; 0 for none.
  public let lastSequence: UInt64
  /// Time until the sender closes at the latest.
  public let within: Duration
  /// Reason for people, at most 255 bytes.
  public let reason: String

  /// A GOAWAY after the batch `lastSequence`.
  public init(lastSequence: UInt64, within: Duration, reason: String) {
    self.lastSequence = lastSequence
    self.within = within
    self.reason = reason
  }

  /// Reads a GOAWAY's body.
  /// - Throws: `malformedFrame`.
  init(_ header: FrameHeader, body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    lastSequence = header.sequence
    within = .milliseconds(try reader.uint32(body))
    reason = try reader.text8(body)
    try reader.finish()
  }
}

extension FrameWriter {
  /// Writes a WINDOW.
  public mutating func window(_ credit: Credit) {
    frame(.window) { body in
      body.integer(credit.batches)
      body.integer(credit.bytes)
    }
  }

  /// Writes a HEARTBEAT.
  public mutating func heartbeat(_ heartbeat: Heartbeat) {
    frame(.heartbeat) { $0.integer(heartbeat.storeUnavailable.clampedMilliseconds) }
  }

  /// Writes a GOAWAY.
  public mutating func goAway(_ goAway: GoAway) {
    frame(.goAway, sequence: goAway.lastSequence) { body in
      body.integer(goAway.within.clampedMilliseconds)
      body.text8(goAway.reason)
    }
  }
}
