/// ERROR: a refusal, and whether the receiver may try again (`spec/wire-protocol.md`, section 8).
public struct ErrorFrame: Hashable, Sendable {
  /// Most bytes of a message; a longer one is cut.
  static let messageBytes = 1_024

  /// The code and a message for people.
  public let error: WireError
  /// Sequence of the refused batch; nil when the connection is refused.
  public let sequence: UInt64?
  /// Whether trying again can help, as the sender says. It goes before the retry class of the code.
  public let retry: ErrorCode.Retry
  /// Time to wait before that.
  public let delay: Duration

  /// An ERROR about the batch `sequence`, or about the connection.
  public init(_ error: WireError, sequence: UInt64? = nil, delay: Duration = .zero) {
    self.error = error
    self.sequence = sequence
    self.retry = error.code.retry
    self.delay = delay
  }

  /// Reads an ERROR's body.
  /// - Throws: `malformedFrame`.
  init(_ header: FrameHeader, body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    let code = try reader.uint16(body)
    let scope = try reader.uint8(body)
    let retryClass = try reader.uint8(body)
    delay = .milliseconds(try reader.uint32(body))
    error = WireError(ErrorCode(wire: code), try reader.text16(body))
    try reader.finish()
    guard let retry = Self.retries.first(where: { $0.value == retryClass })?.key, (1...2).contains(scope)
    else {
      throw WireError(
        .malformedFrame,
        "an ERROR has scope \(scope) and retry class \(retryClass); 1 to 2 and 0 to 2 are known")
    }
    guard scope == 2 || header.sequence == 0 else {
      throw WireError(.malformedFrame, "an ERROR of scope connection names batch \(header.sequence)")
    }
    self.retry = retry
    sequence = scope == 1 ? nil : header.sequence
  }

  fileprivate static let retries: [ErrorCode.Retry: UInt8] = [.never: 0, .onNewConnection: 1, .afterDelay: 2]
}

extension FrameWriter {
  /// Writes an ERROR.
  public mutating func error(_ error: ErrorFrame) {
    frame(.error, sequence: error.sequence ?? 0) { body in
      body.integer(error.error.code.wire)
      body.integer(UInt8(error.sequence == nil ? 1 : 2))
      body.integer(ErrorFrame.retries[error.retry] ?? 0)
      body.integer(error.delay.clampedMilliseconds)
      body.text16(error.error.message, limit: ErrorFrame.messageBytes)
    }
  }
}
