/// The reason why certificates or keys cannot be used: what is wrong with which file, and what to do.
public struct TLSContextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file; nil when the reason concerns no file.
  public let file: String?
  /// The reason, and what to do.
  public let reason: String

  init(_ file: String?, _ reason: String) {
    self.file = file
    self.reason = reason
  }

  /// One line: `cannot use FILE for TLS: reason`.
  public var description: String {
    file.map { "cannot use \($0) for TLS: \(reason)" } ?? "cannot use TLS: \(reason)"
  }
}
