import FoundationEssentials
import Glibc

/// Calls `body` with a new directory that every account may enter, and removes the directory afterwards.
/// - Parameter body: Receives the path of the directory, which is short enough for a socket.
@discardableResult
public func withTemporaryDirectory<Value>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
) async throws -> Value {
  let path = "\(TestProcess.directory)/\(String(UInt32.random(in: .min ... .max), radix: 36))"
  guard mkdir(path, 0o755) == 0 else { throw TestSupportError("cannot make \(path): error \(errno)") }
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// A failure in the environment of a test.
public struct TestSupportError: Error, CustomStringConvertible {
  /// The description of the failure.
  public let description: String

  /// A failure with the text `description`.
  public init(_ description: String) {
    self.description = description
  }
}
