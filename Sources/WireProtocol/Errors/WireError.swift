/// A violation of the protocol, or a refusal, with its code and a sentence for people.
///
/// Equality looks at the code alone.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which rule.
  public let code: ErrorCode
  /// What happened, where, and what to do. At most 255 bytes are sent.
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
