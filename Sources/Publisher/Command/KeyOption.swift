import ArgumentParser
import ClientLib
import Foundation

/// The option for the key. A secret is never an argument, because other users of the machine see arguments.
struct KeyOption: ParsableArguments {
  /// The environment variable that holds the key itself.
  static let variable = "SLUICE_KEY"

  @Option(
    name: .customLong("key-file"),
    help: ArgumentHelp(
      "File with the key for the server, as `sluiced credentials` printed it. Without the option the key is read "
        + "from the environment variable \(KeyOption.variable).", valueName: "file"),
    completion: .file())
  var file: String?

  /// Reads the key.
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - tell: gets a warning when other users may read the file.
  /// - Returns: nil when no key is named.
  /// - Throws: a failure with the status `usage` that never shows the key.
  func read(
    environment: [String: String] = ProcessInfo.processInfo.environment, tell: (String) -> Void
  ) throws(RunFailure) -> Producer.Key? {
    try readWithText(environment: environment, tell: tell)?.key
  }

  /// Reads the key, with the text that the HTTP port of the server takes (RFC 6750).
  func readWithText(
    environment: [String: String] = ProcessInfo.processInfo.environment, tell: (String) -> Void
  ) throws(RunFailure) -> (key: Producer.Key, text: String)? {
    guard let file else {
      guard let text = environment[Self.variable], !text.isEmpty else { return nil }
      return try Self.key(text, from: "the variable \(Self.variable)")
    }
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw RunFailure(.usage, "the key file \(file) cannot be read; check its path and its permissions")
    }
    if let mode = Self.mode(of: file), mode & 0o077 != 0 {
      tell("sluice-publish: warning: other users may read the key file \(file); use chmod 600")
    }
    return try Self.key(text, from: file)
  }

  private static func key(
    _ text: String, from place: String
  ) throws(RunFailure) -> (key: Producer.Key, text: String) {
    do {
      return (try Producer.Key(text), text.trimmingCharacters(in: .whitespacesAndNewlines))
    } catch {
      throw RunFailure(.usage, "\(place): \(error.message)")
    }
  }

  private static func mode(of path: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber)?.intValue
  }
}
