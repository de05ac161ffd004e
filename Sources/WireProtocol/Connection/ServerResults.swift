extension ServerConnection {
  /// Settings of one server for all its connections.
  public struct Configuration: Sendable {
    /// Limits that WELCOME advertises.
    public var limits: ConnectionLimits
    /// Credit of WELCOME, and the most that is ever outstanding. A batch beyond it ends the connection with
    /// `creditExceeded`.
    public var credit: Credit
    /// Identity of this process.
    public var server: ProducerID
    /// Time for preface, HELLO and registration together. Then the connection ends with `handshakeTimeout`,
    /// or with `storeUnavailable` when the registration is not answered.
    public var handshake: Duration
    /// Time within which a frame's body must receive 64 KiB or its last byte. Otherwise the connection ends
    /// with `peerSilent`.
    public var bodyProgress: Duration

    /// The settings of a server process.
    public init(
      limits: ConnectionLimits, credit: Credit, server: ProducerID, handshake: Duration,
      bodyProgress: Duration
    ) {
      self.limits = limits
      self.credit = credit
      self.server = server
      self.handshake = handshake
      self.bodyProgress = bodyProgress
    }

    /// Returns the answer to a HELLO, without a proof.
    func welcome(
      to hello: Hello, session: UInt64, floor: UInt64, highest: UInt64, settled sequences: [UInt64],
      lineage: Lineage, durability: Durability
    ) -> Welcome {
      guard let version = ProtocolVersion.agreed(hello.versions, ProtocolVersion.supported) else {
        preconditionFailure("a HELLO without a common version is not registered")
      }
      return Welcome(
        version: version, features: hello.features.intersection(.supported), server: server, session: session,
        floor: floor, highest: highest, lineage: lineage, durability: durability, limits: limits,
        credit: credit, settled: SettledBitmap(base: hello.base, span: limits.span, settled: sequences))
    }
  }

  /// Result of `receive`: the bytes that are used up, and the next action.
  public struct Step: Hashable, Sendable {
    /// Number of bytes that are used up.
    public let consumed: Int
    /// Next action of the shell.
    public let action: OnBytes
  }

  /// Next action of the shell after bytes were received.
  public enum OnBytes: Hashable, Sendable {
    /// Call `receive` again when `total` bytes are there.
    case needMore(total: Int)
    /// Call `receive` with the bytes that follow.
    case proceed
    /// Check the client's proof, then call `authenticated` or `fail` with `authenticationFailed`.
    case authenticate(AuthAttempt)
    /// Ask the store for a session, then call `registered` or `fail`.
    case register(Hello)
    /// Decompress, validate and queue the batch whose body is at these bytes, then call `accepted` or
    /// `refused`.
    case admit(PublishHeader, body: Range<Int>)
    /// Send the output and close. The error is for logs and metrics.
    case close(WireError)
    /// Send these bytes and close: the peer speaks another protocol.
    case rejectUnknownProtocol([UInt8])
  }

  /// Next action of the shell after time has passed.
  public enum OnTick: Hashable, Sendable {
    /// Send the output, in which a heartbeat may be.
    case proceed
    /// Send the output and close. The error is for logs and metrics.
    case close(WireError)
  }

  /// Next action of the shell after `drain`.
  public enum OnDrain: Hashable, Sendable {
    /// Send the output, in which GOAWAY may be, and go on until `isFinished`.
    case proceed
    /// Send the output and close: the handshake was not over.
    case close(WireError)
  }
}

/// Memory that a batch takes, known from its header alone.
public struct BatchAnnouncement: Hashable, Sendable {
  /// Bytes of the whole frame.
  public let frameBytes: Int
  /// Bytes of the columns after decompression.
  public let rawBytes: Int
}

/// The answers of a server to versions that it does not speak.
extension WireError {
  static func otherMajorVersion(_ version: UInt8) -> WireError {
    WireError(
      .unsupportedVersion,
      "the preface asks for major version \(version); this server speaks \(Preface.majorVersion)")
  }

  static func noCommonVersion(with offered: ClosedRange<UInt16>) -> WireError {
    WireError(
      .unsupportedVersion,
      "HELLO offers versions \(offered); this server speaks \(ProtocolVersion.supported)")
  }
}
