/// A number with a name that one side tells the other, from `spec/errors.json`.
///
/// Equality looks at the number alone.
public struct ErrorCode: Hashable, Sendable {
  /// What ends with the error.
  public enum Scope: Hashable, Sendable {
    /// The connection.
    case connection
    /// One batch; the connection stays.
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
  /// What ends with it.
  public let scope: Scope
  /// Whether trying again can help.
  public let retry: Retry

  init(wire: UInt16, name: String, scope: Scope, retry: Retry) {
    self.wire = wire
    self.name = name
    self.scope = scope
    self.retry = retry
  }

  /// The code of a number that arrived; one that this version does not know is an error of the
  /// connection that is not worth a retry.
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
