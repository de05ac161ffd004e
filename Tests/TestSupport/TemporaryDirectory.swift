import FoundationEssentials
import Glibc

/// Lends a fresh directory that every account may enter, and removes it afterwards.
/// - Parameter body: Gets its path, which is short enough for a socket.
@discardableResult
public func withTemporaryDirectory<Value>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
) async throws -> Value {
  let path = "\(TestProcess.directory)/\(String(UInt32.random(in: .min ... .max), radix: 36))"
  guard mkdir(path, 0o755) == 0 else { throw TestSupportError("can not make \(path): error \(errno)") }
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// Something in the surroundings of a test went wrong.
public struct TestSupportError: Error, CustomStringConvertible {
  /// What.
  public let description: String

  /// The failure that `description` tells.
  public init(_ description: String) {
    self.description = description
  }
}
