package import ArgumentParser
internal import Authentication
internal import Foundation

/// The reason why a key cannot be used, in one line that never shows the key.
package struct KeyFailure: Error, Hashable, CustomStringConvertible {
  package let description: String
}

/// The option for the key. A secret is never an argument, because other users of the machine see arguments.
package struct KeyOption: ParsableArguments {
  /// The environment variable that holds the key itself.
  package static let variable = "SLUICE_KEY"

  @Option(
    name: .customLong("key-file"),
    help: ArgumentHelp(
      "File with the key for the server, as `sluiced credentials` printed it. Without the option the key is read "
        + "from the environment variable \(KeyOption.variable).", valueName: "file"),
    completion: .file())
  package var file: String?

  package init() {}

  /// Returns the key as text, as the HTTP port of the server takes it (RFC 6750); nil when no key is named.
  /// - Parameters:
  ///   - environment: The variables of the process.
  ///   - warn: Gets a line when other users may read the file.
  package func text(
    environment: [String: String], warn: (String) -> Void
  ) throws(KeyFailure) -> String? {
    guard let file else {
      guard let text = environment[Self.variable], !text.isEmpty else { return nil }
      return try Self.checked(text, from: "the variable \(Self.variable)")
    }
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw KeyFailure(
        description: "the key file \(file) cannot be read; check its path and its permissions")
    }
    if let mode = Self.mode(of: file), mode & 0o077 != 0 {
      warn("warning: other users may read the key file \(file); use chmod 600")
    }
    return try Self.checked(text, from: file)
  }

  private static func checked(_ text: String, from place: String) throws(KeyFailure) -> String {
    do {
      return try Secret(parsing: text.trimmingCharacters(in: .whitespacesAndNewlines)).revealed
    } catch {
      throw KeyFailure(description: "\(place): \(error)")
    }
  }

  private static func mode(of path: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber)?.intValue
  }
}
