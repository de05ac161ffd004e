extension ProducerError {
  /// What kind of problem. Not an enum, so that a new kind breaks nobody's `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name in logs.
    public let description: String

    private init(_ name: String) {
      description = name
    }

    /// The configuration contradicts itself.
    public static let invalidConfiguration = Code("INVALID_CONFIGURATION")
    /// No server answered in the time given for connecting.
    public static let unreachable = Code("UNREACHABLE")
    /// The peer is no Sluice server, or none that speaks a version of the protocol known here.
    public static let incompatible = Code("INCOMPATIBLE")
    /// The server does not let this producer in.
    public static let notAuthorized = Code("NOT_AUTHORIZED")
    /// A newer connection with the same identity took over: two programs use one identity.
    public static let superseded = Code("SUPERSEDED")
    /// One side broke the rules of the protocol.
    public static let protocolViolation = Code("PROTOCOL_VIOLATION")
    /// The event is too large for any batch.
    public static let eventTooLarge = Code("EVENT_TOO_LARGE")
    /// The batch is beyond the server's limits.
    public static let batchTooLarge = Code("BATCH_TOO_LARGE")
    /// The batch has no events.
    public static let emptyBatch = Code("EMPTY_BATCH")
    /// The server refused the batch for good.
    public static let batchRefused = Code("BATCH_REFUSED")
    /// The batch's time to live was over before a server accepted it.
    public static let batchExpired = Code("BATCH_EXPIRED")
    /// The batch was dropped to make room for newer ones.
    public static let dropped = Code("DROPPED")
    /// Another producer uses the spool's directory.
    public static let spoolInUse = Code("SPOOL_IN_USE")
    /// The spool's directory can not be read or written.
    public static let spoolFailed = Code("SPOOL_FAILED")
    /// As much as the configuration allows waits for the server.
    public static let outboxFull = Code("OUTBOX_FULL")
    /// The waiting task was cancelled.
    public static let cancelled = Code("CANCELLED")
    /// The producer is closed, or being closed.
    public static let closed = Code("CLOSED")
    /// The producer was closed before everything was committed.
    public static let unsettledAtClose = Code("UNSETTLED_AT_CLOSE")
  }
}

extension ProducerError {
  static let cancelled = ProducerError(
    .cancelled, "the task that waited was cancelled; what was published before stays on its way",
    isRetryable: true)
  static let closed = ProducerError(.closed, "the producer is closed; connect a new one")
}
