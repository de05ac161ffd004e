import ClientLib
import CommandSupport
import Foundation

extension KeyOption {
  /// Returns the key, with the text that the HTTP port of the server takes (RFC 6750).
  /// - Parameters:
  ///   - environment: The variables of the process.
  ///   - tell: Gets a warning when other users may read the file.
  /// - Returns: Nil when no key is named.
  /// - Throws: A failure with the status `usage` that never shows the key.
  func read(
    environment: [String: String] = ProcessInfo.processInfo.environment, tell: (String) -> Void
  ) throws(RunFailure) -> (key: Producer.Key, text: String)? {
    do {
      let named = try text(environment: environment) { tell("sluice-publish: \($0)") }
      guard let named else { return nil }
      return (try Producer.Key(named), named)
    } catch {
      throw RunFailure(.usage, "\(error)")
    }
  }
}
