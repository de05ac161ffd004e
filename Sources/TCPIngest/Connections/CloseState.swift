import WireProtocol

/// The reason why a connection ends.
enum EndReason {
  /// Either side sent GOAWAY, and every batch is answered.
  case answered
  /// The connection machine found this error; its ERROR frame is in the output.
  case reported(WireError)
  /// The server ends the connection with this error; the machine does not know it yet.
  case failed(WireError, delay: Duration = .zero)
  /// The peer speaks another protocol and gets this text.
  case unknownProtocol(answer: [UInt8])
  /// Another connection takes the place of this one, which has delivered nothing.
  case evicted(WireError, delay: Duration)
  /// The peer does not read its answers.
  case unread(WireError)
  /// The peer closed the connection and is owed no answer.
  case peerClosed
  /// The transport failed, and is closed already.
  case transportFailed
  /// The time for the last answers, or for the lingering close, is over.
  case timedOut

  /// The error that is logged and counted; nil for an end in order.
  var error: WireError? {
    switch self {
    case .reported(let error), .failed(let error, _), .evicted(let error, _), .unread(let error): error
    case .answered, .unknownProtocol, .peerClosed, .transportFailed, .timedOut: nil
    }
  }

  /// Whether the transport is closed at once, without a lingering close.
  var closesAtOnce: Bool {
    switch self {
    case .answered, .reported, .failed, .unknownProtocol: false
    case .evicted, .unread, .peerClosed, .transportFailed, .timedOut: true
    }
  }

  /// Whether the output of the machine is sent before the end.
  var sendsOutput: Bool {
    switch self {
    case .answered, .reported, .failed, .evicted: true
    case .unknownProtocol, .unread, .peerClosed, .transportFailed, .timedOut: false
    }
  }
}

/// How far a connection is closed: open, then perhaps lingering, then closed.
///
/// A lingering close (RFC 9112, section 9.6) sends nothing more, and reads and discards for some seconds:
/// closing a socket with unread bytes resets the connection, and the peer may then lose the last frames.
struct CloseState {
  /// The next action of the connection.
  enum Step: Equatable {
    /// Nothing: the connection has ended before.
    case none
    /// Shut down the sending direction, and discard received bytes.
    case linger
    /// Close the transport and report the end.
    case close
  }

  private enum Phase: Equatable {
    case open
    case lingering(until: ContinuousClock.Instant)
    case closed
  }

  private var phase = Phase.open

  /// Whether the connection still takes and answers frames.
  var isOpen: Bool { phase == .open }
  var isClosed: Bool { phase == .closed }

  /// Ends the connection. Each step is returned once: a second end returns `none`, unless it closes a
  /// lingering connection.
  mutating func end(_ reason: EndReason, at now: ContinuousClock.Instant, linger: Duration) -> Step {
    switch phase {
    case .open where !reason.closesAtOnce:
      phase = .lingering(until: now + linger)
      return .linger
    case .lingering where !reason.closesAtOnce, .closed:
      return .none
    case .open, .lingering:
      phase = .closed
      return .close
    }
  }

  /// Whether the time of a lingering close is over.
  func isOverdue(at now: ContinuousClock.Instant) -> Bool {
    if case .lingering(let until) = phase { now >= until } else { false }
  }
}
