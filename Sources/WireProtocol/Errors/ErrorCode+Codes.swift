// Generated from spec/errors.json; a test compares the two.

extension ErrorCode {
  /// The connection did not begin with the preface.
  public static let notSluice = ErrorCode(
    wire: 1, name: "NOT_SLUICE", scope: .connection, retry: .never)
  /// The two sides have no protocol version in common.
  public static let unsupportedVersion = ErrorCode(
    wire: 2, name: "UNSUPPORTED_VERSION", scope: .connection, retry: .never)
  /// The handshake took longer than its limit.
  public static let handshakeTimeout = ErrorCode(
    wire: 3, name: "HANDSHAKE_TIMEOUT", scope: .connection, retry: .onNewConnection)
  /// A frame that is not allowed in this state or from this side.
  public static let unexpectedFrame = ErrorCode(
    wire: 4, name: "UNEXPECTED_FRAME", scope: .connection, retry: .never)
  /// A frame type, flag or option in the critical half that this side does not know.
  public static let unknownCritical = ErrorCode(
    wire: 5, name: "UNKNOWN_CRITICAL", scope: .connection, retry: .never)
  /// A body longer than the limit that applies at this point.
  public static let frameTooLarge = ErrorCode(
    wire: 6, name: "FRAME_TOO_LARGE", scope: .connection, retry: .never)
  /// The CRC-32C of a frame does not match its bytes.
  public static let badChecksum = ErrorCode(
    wire: 7, name: "BAD_CHECKSUM", scope: .connection, retry: .onNewConnection)
  /// A header or body that breaks its layout.
  public static let malformedFrame = ErrorCode(
    wire: 8, name: "MALFORMED_FRAME", scope: .connection, retry: .never)
  /// A codec that is unknown, not agreed or not allowed for this frame.
  public static let badCodec = ErrorCode(
    wire: 9, name: "BAD_CODEC", scope: .connection, retry: .never)
  /// A compressed body that is damaged or not exactly of its announced raw length.
  public static let badCompression = ErrorCode(
    wire: 10, name: "BAD_COMPRESSION", scope: .connection, retry: .never)
  /// Columns whose counts, lengths or indices contradict each other, or a batch without events.
  public static let malformedColumns = ErrorCode(
    wire: 11, name: "MALFORMED_COLUMNS", scope: .connection, retry: .never)
  /// A batch that exceeds the credit given by the server.
  public static let creditExceeded = ErrorCode(
    wire: 12, name: "CREDIT_EXCEEDED", scope: .connection, retry: .never)
  /// Nothing was received within the idle timeout, or a body made no progress.
  public static let peerSilent = ErrorCode(
    wire: 13, name: "PEER_SILENT", scope: .connection, retry: .onNewConnection)
  /// The server has as many connections as its limit allows.
  public static let tooManyConnections = ErrorCode(
    wire: 14, name: "TOO_MANY_CONNECTIONS", scope: .connection, retry: .afterDelay)
  /// The database did not answer in time.
  public static let storeUnavailable = ErrorCode(
    wire: 15, name: "STORE_UNAVAILABLE", scope: .connection, retry: .afterDelay)
  /// The server is shutting down.
  public static let draining = ErrorCode(
    wire: 16, name: "DRAINING", scope: .connection, retry: .onNewConnection)
  /// The same producer opened a newer connection.
  public static let superseded = ErrorCode(
    wire: 17, name: "SUPERSEDED", scope: .connection, retry: .never)
  /// Another principal registered this producer.
  public static let producerNotYours = ErrorCode(
    wire: 18, name: "PRODUCER_NOT_YOURS", scope: .connection, retry: .never)
  /// The base is at or below the floor: the producer's state is a copy or an old backup. Draw a new UUID.
  public static let producerStale = ErrorCode(
    wire: 19, name: "PRODUCER_STALE", scope: .connection, retry: .never)
  /// The key, or the proof of a side, is not accepted.
  public static let authenticationFailed = ErrorCode(
    wire: 20, name: "AUTHENTICATION_FAILED", scope: .connection, retry: .never)
  /// The database was restarted, replaced or taken back: connect again and compare WELCOME.
  public static let storeChanged = ErrorCode(
    wire: 21, name: "STORE_CHANGED", scope: .connection, retry: .onNewConnection)
  /// More raw bytes, events or dictionary entries than the limits of WELCOME allow.
  public static let batchTooLarge = ErrorCode(
    wire: 101, name: "BATCH_TOO_LARGE", scope: .batch, retry: .never)
  /// A sequence outside base ..< base + span.
  public static let sequenceOutOfSpan = ErrorCode(
    wire: 102, name: "SEQUENCE_OUT_OF_SPAN", scope: .batch, retry: .never)
  /// The sequence was used for other columns. Draw a new UUID and send unsettled batches under new numbers.
  public static let sequenceReused = ErrorCode(
    wire: 103, name: "SEQUENCE_REUSED", scope: .batch, retry: .never)
  /// The time to live of the batch was over before the batch was accepted.
  public static let batchExpired = ErrorCode(
    wire: 104, name: "BATCH_EXPIRED", scope: .batch, retry: .never)
  /// The principal is not allowed to publish to a topic of the batch.
  public static let topicNotAllowed = ErrorCode(
    wire: 105, name: "TOPIC_NOT_ALLOWED", scope: .batch, retry: .never)

  /// Every code, ascending.
  public static let all: [ErrorCode] = [
    .notSluice,
    .unsupportedVersion,
    .handshakeTimeout,
    .unexpectedFrame,
    .unknownCritical,
    .frameTooLarge,
    .badChecksum,
    .malformedFrame,
    .badCodec,
    .badCompression,
    .malformedColumns,
    .creditExceeded,
    .peerSilent,
    .tooManyConnections,
    .storeUnavailable,
    .draining,
    .superseded,
    .producerNotYours,
    .producerStale,
    .authenticationFailed,
    .storeChanged,
    .batchTooLarge,
    .sequenceOutOfSpan,
    .sequenceReused,
    .batchExpired,
    .topicNotAllowed,
  ]
}
