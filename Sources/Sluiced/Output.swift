internal import Base
import DaemonConfiguration
import DaemonServices
import Foundation

/// Standard output and standard error of the program.
enum Output {
  /// Writes `text` to standard output, without buffering.
  /// - Parameter mustBeRead: Whether it is an error, too, that the reader closed the pipe.
  /// - Throws: When the text cannot be written, because a script would take missing text for an empty result.
  static func write(_ text: String, mustBeRead: Bool = false) throws(DaemonFailure) {
    guard let failure = OutputDescriptor.writeResult(text), mustBeRead || !failure.isReaderGone else {
      return
    }
    throw DaemonFailure(.failed, failure.description)
  }

  /// Writes `text` and the end of the line to standard output, as `write` does.
  static func writeLine(_ text: String) throws(DaemonFailure) { try write("\(text)\n") }

  /// Writes a message to standard error. One that cannot be written is dropped, because there is no place left to report
  /// that to.
  static func say(_ message: String) {
    _ = OutputDescriptor.write("sluiced: \(message)\n", to: STDERR_FILENO)
  }
}
