import Foundation
import TestSupport
import Testing

/// Tests of the completions of both programs in a real bash.
struct CompletionTests {
  /// Returns the words that bash offers for the last of `words`.
  private func completions(of program: String, _ words: [String]) async throws -> [String] {
    let path = try Program.path(of: program)
    let (option, function) =
      program == "sluiced"
      ? ("completion-script", "_sluiced") : ("--generate-completion-script", "_sluice-publish")
    let script = """
      source <("$1" \(option) bash)
      shift
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
      \(function) "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    return try await Program.run("/bin/bash", arguments: ["-c", script, "bash", path, program] + words) {
      let exit = try await $0.exit()
      #expect(exit == .status(0) && $0.standardError.isEmpty, "\($0.standardError)")
      return $0.standardOutput.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test(
    arguments: [
      ("sluiced", ["mai"], ["maintenance"]), ("sluiced", ["--tcp-p"], ["--tcp-port"]),
      ("sluiced", ["--log-format", ""], ["text", "json"]), ("sluiced", ["credentials", "ro"], ["rotate"]),
      ("sluiced", ["--tcp-port", ""], []),
      ("sluiced", ["credentials", "add", "x", "--role", "pub"], ["publish"]),
      ("sluice-publish", ["gen"], ["generate"]), ("sluice-publish", ["--prod"], ["--producer-id"]),
    ] as [(String, [String], [String])])
  func bashOffers(_ program: String, _ words: [String], _ expected: [String]) async throws {
    #expect(try await completions(of: program, words) == expected)
  }

  @Test func aPathWithSpacesIsOneWord() async throws {
    try await withTemporaryDirectory { directory in
      let path = "\(directory)/my key *.pem"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let words = try await completions(of: "sluiced", ["--tls-key", "\(directory)/my"])
      #expect(words == [path])
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func everyOptionIsCompletedInEveryShell(_ shell: String)
    async throws
  {
    let help = try await output(["--help"])
    let script = try await output(["completion-script", shell])
    let flags = help.split(separator: "\n").filter { $0.hasPrefix("  --") && !$0.contains(",") }.map {
      $0.dropFirst(4).prefix { $0 != " " }
    }
    #expect(flags.count > 60)
    // Options of a family have names that the operator chooses.
    for flag in flags where !flag.hasSuffix("NAME") { #expect(script.contains(flag), "\(flag)") }
  }

  private func output(_ arguments: [String]) async throws -> String {
    try await Program.run("sluiced", arguments: arguments) {
      let exit = try await $0.exit()
      #expect(exit == .status(0), "\($0.standardError)")
      return $0.standardOutput
    }
  }
}
