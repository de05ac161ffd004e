import Foundation
import TestSupport

/// A run of `sluice` to its end.
struct ShellRun {
  let exit: Program.Exit
  let output: String
  let errors: String

  /// Runs `sluice` against an HTTP port of this machine.
  init(port: Int, _ arguments: [String], environment: [String: String] = [:]) async throws {
    try await self.init(
      url: "http://127.0.0.1:\(port)", arguments, environment: environment)
  }

  /// Runs `sluice` against a URL.
  init(url: String, _ arguments: [String], environment: [String: String] = [:]) async throws {
    let variables = environment.merging(["SLUICE_URL": url]) { one, _ in one }
    (exit, output, errors) = try await Program.run("sluice", arguments: arguments, environment: variables) {
      program in
      let exit = try await program.exit()
      return (exit, program.standardOutput, program.standardError)
    }
  }

  /// The lines of standard error without those that say how far a search is. On a busy machine a search takes
  /// long enough for such a line.
  var complaints: [Substring] {
    errors.split(separator: "\n").filter { !$0.hasSuffix("Ctrl-C ends the search") }
  }

  /// The lines of standard output.
  var lines: [Substring] { output.split(separator: "\n") }

  /// Decodes standard output as JSON.
  func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder.snakeCase.decode(type, from: Data(output.utf8))
  }
}
