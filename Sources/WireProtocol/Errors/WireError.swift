/// A violation of the protocol, or a refusal, with its code and a sentence for people.
///
/// Equality compares the code alone.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of error.
  public let code: ErrorCode
  /// Sentence for people: what is wrong, where, and what to do. At most 1,024 bytes are sent.
  public let message: String

  /// The error `code`, explained by `message`.
  public init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Name, number and message on one line.
  public var description: String { "\(code.name) (\(code.wire)): \(message)" }

  /// Whether both have the same code.
  public static func == (one: WireError, other: WireError) -> Bool { one.code == other.code }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension WireError {
  /// The refusal of a handshake or a batch, because the server is about to stop.
  public static let draining = WireError(
    .draining, "the server is shutting down; connect to another server or try again")
}

/// A kind of error with its number in ERROR frames, from `spec/errors.json`.
///
/// Equality compares the number alone.
public struct ErrorCode: Hashable, Sendable {
  /// The part that ends with the error.
  public enum Scope: Hashable, Sendable {
    /// The connection.
    case connection
    /// One batch; the connection stays open.
    case batch
  }

  /// Whether trying again can help.
  public enum Retry: Hashable, Sendable {
    /// The same bytes would fail again.
    case never
    /// At once, on a new connection.
    case onNewConnection
    /// After the delay that the error names.
    case afterDelay
  }

  /// The number in an ERROR frame.
  public let wire: UInt16
  /// The name in logs and documents.
  public let name: String
  /// The part that ends with the error.
  public let scope: Scope
  /// Whether trying again can help.
  public let retry: Retry

  init(wire: UInt16, name: String, scope: Scope, retry: Retry) {
    self.wire = wire
    self.name = name
    self.scope = scope
    self.retry = retry
  }

  /// The code with the number `wire`. A number that this version does not know becomes a code of scope
  /// connection that is never retried; the scope and retry class of the received frame go before these.
  public init(wire: UInt16) {
    self =
      Self.all.first { $0.wire == wire }
      ?? ErrorCode(wire: wire, name: "UNKNOWN_\(wire)", scope: .connection, retry: .never)
  }

  /// Whether both have the same number.
  public static func == (one: ErrorCode, other: ErrorCode) -> Bool { one.wire == other.wire }

  /// Hashes the number.
  public func hash(into hasher: inout Hasher) { hasher.combine(wire) }
}
