internal import SocketIO
internal import WireProtocol

/// Reason why a call failed or a producer ended, and what to do about it.
///
/// Two errors are equal when their codes are equal.
public struct ProducerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Kind of problem; later versions may add more.
  public let code: Code
  /// A sentence for people: what is wrong, where and why, and what to do.
  public let message: String
  /// Whether the same call may succeed later. False for events that the server refused for good.
  public let isRetryable: Bool
  /// The server's error number (`spec/errors.json`); nil when the error is the producer's own.
  public let serverCode: Int?
  /// Batches that were given up without being known as committed; empty for calls about one batch.
  public let unsettled: [UnsettledBatch]

  init(
    _ code: Code, _ message: String, isRetryable: Bool = false, serverCode: Int? = nil,
    unsettled: [UnsettledBatch] = []
  ) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
    self.serverCode = serverCode
    self.unsettled = unsettled
  }

  /// Returns the error with a list of unsettled batches.
  func listing(_ unsettled: [UnsettledBatch]) -> ProducerError {
    ProducerError(
      code, message, isRetryable: isRetryable, serverCode: serverCode, unsettled: unsettled)
  }

  /// Code, message, and how many batches are not known to be committed.
  public var description: String {
    guard !unsettled.isEmpty else { return "\(code): \(message)" }
    let events = unsettled.reduce(0) { $0 + $1.events }
    return
      "\(code): \(message) (\(unsettled.count) batches of \(events) events are not known to be committed)"
  }

  /// Whether the codes are equal.
  public static func == (one: ProducerError, other: ProducerError) -> Bool { one.code == other.code }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A batch that a producer gave up before it was settled. A server may have committed it anyway. Publishing
/// its events again is safe, because the server stores each key once.
public struct UnsettledBatch: Hashable, Sendable {
  /// Sequence of the batch; nil when the outbox had no room for it.
  public let sequence: UInt64?
  /// Events in the batch.
  public let events: Int
  /// Whether a server had the batch in its queue.
  public let wasAccepted: Bool
}

extension ProducerError {
  /// Kind of problem. A structure, so that a new kind does not break a `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// Name of the kind in logs.
    public let description: String

    private init(_ name: String) {
      description = name
    }

    /// A value of the configuration is out of its range. Correct the configuration.
    public static let invalidConfiguration = Code("INVALID_CONFIGURATION")
    /// No server answered within `connectTimeout`. Start a server or correct the endpoints, then connect
    /// again.
    public static let unreachable = Code("UNREACHABLE")
    /// The peer is not a Sluice server, or speaks no version of the protocol that this library knows.
    /// Correct the endpoint or update one side.
    public static let incompatible = Code("INCOMPATIBLE")
    /// The server does not accept this producer, or does not prove that it knows the key. Check identity and key.
    public static let notAuthorized = Code("NOT_AUTHORIZED")
    /// A newer connection with the same identity took over. Give each program its own identity.
    public static let superseded = Code("SUPERSEDED")
    /// One side broke the protocol. Report it; it is a bug.
    public static let protocolViolation = Code("PROTOCOL_VIOLATION")
    /// The event does not fit into an empty batch. Shorten it.
    public static let eventTooLarge = Code("EVENT_TOO_LARGE")
    /// The batch is beyond the server's limits. Publish smaller batches.
    public static let batchTooLarge = Code("BATCH_TOO_LARGE")
    /// The batch has no events.
    public static let emptyBatch = Code("EMPTY_BATCH")
    /// The payload of an event cannot be encoded as JSON; the message has the encoder's reason. Correct the value.
    public static let payloadNotEncodable = Code("PAYLOAD_NOT_ENCODABLE")
    /// The server refused the batch for good; the message has its reason.
    public static let batchRefused = Code("BATCH_REFUSED")
    /// The key may not publish a topic of the batch; the message names the topic. Use another key or topic.
    public static let topicNotAllowed = Code("TOPIC_NOT_ALLOWED")
    /// The batch's time to live was over before a server accepted it.
    public static let batchExpired = Code("BATCH_EXPIRED")
    /// The batch was dropped to make room for newer ones.
    public static let dropped = Code("DROPPED")
    /// Another producer uses the spool's directory. Give each producer its own.
    public static let spoolInUse = Code("SPOOL_IN_USE")
    /// The spool's directory cannot be read or written. Correct the cause; the next producer over the
    /// directory sends its batches.
    public static let spoolFailed = Code("SPOOL_FAILED")
    /// The outbox or the spool's disk is full. Publish again later.
    public static let outboxFull = Code("OUTBOX_FULL")
    /// The waiting task was cancelled.
    public static let cancelled = Code("CANCELLED")
    /// The producer is closed or closing.
    public static let closed = Code("CLOSED")
    /// The producer was closed before everything was committed. Without a spool, publish the listed batches
    /// again.
    public static let unsettledAtClose = Code("UNSETTLED_AT_CLOSE")
  }
}

extension ProducerError {
  static let cancelled = ProducerError(
    .cancelled, "the waiting task was cancelled; batches that were published before stay in the outbox",
    isRetryable: true)
  static let closed = ProducerError(.closed, "the producer is closed; connect a new one")
}

extension ProducerError {
  /// Whether the error ended the producer and is not about one batch. A spool then keeps the unsettled batches.
  var leavesBatchesInSpool: Bool {
    switch code {
    case .batchTooLarge, .batchRefused, .topicNotAllowed, .batchExpired, .dropped, .outboxFull, .spoolFailed:
      false
    default: true
    }
  }

  /// The error for an event that a batch cannot take.
  init(_ refusal: EventRefusal) {
    self.init(.eventTooLarge, "\(refusal) Shorten its texts or its payload.")
  }

  /// The error for a connection that ended for good.
  init(ending report: ErrorFrame, at place: String) {
    let text = "\(place): \(report.error)"
    let number = Int(report.error.code.wire)
    switch report.error.code {
    case .superseded:
      self.init(
        .superseded, "\(text). Another program uses the same producer identity; give each its own",
        serverCode: number)
    case .producerNotYours, .authenticationFailed:
      self.init(.notAuthorized, "\(text). Check identity and key", serverCode: number)
    case .notSluice, .unsupportedVersion:
      self.init(.incompatible, text, serverCode: number)
    default:
      self.init(.protocolViolation, text, serverCode: number)
    }
  }

  /// The error for a producer with a spool that was superseded.
  static func spoolCopied(_ reason: ProducerError, _ identity: ProducerID) -> ProducerError {
    ProducerError(
      reason.code,
      "\(reason.message). It probably has a copy of the spool. Unsettled batches stay in the spool; "
        + "the next producer over it sends them under the new identity \(identity)",
      serverCode: reason.serverCode)
  }

  /// The error for a batch that the server refused for good.
  init(refusing sequence: UInt64, _ report: ErrorFrame) {
    let code: Code =
      switch report.error.code {
      case .batchTooLarge: .batchTooLarge
      case .batchExpired: .batchExpired
      case .topicNotAllowed: .topicNotAllowed
      default: .batchRefused
      }
    self.init(
      code, "the server refused batch \(sequence): \(report.error)",
      serverCode: Int(report.error.code.wire))
  }

  /// The error for a batch beyond the server's limits.
  static func tooLarge(_ found: Int, _ unit: String, limit: Int) -> ProducerError {
    ProducerError(
      .batchTooLarge, "the batch has \(found) \(unit), the server takes \(limit); publish smaller batches")
  }
}
