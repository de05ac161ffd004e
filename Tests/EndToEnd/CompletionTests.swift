import Foundation
import TestSupport
import Testing

/// Tests of the completions of both programs in a real bash.
struct CompletionTests {
  /// Returns the words that bash offers for the last of `words`.
  private func completions(
    of program: String, _ words: [String], in directory: String = "/"
  ) async throws -> [String] {
    let path = try Program.path(of: program)
    let (option, function) =
      program == "sluiced"
      ? ("completion-script", "_sluiced") : ("--generate-completion-script", "_\(program)")
    let script = """
      source <("$1" \(option) bash)
      cd "$2"
      shift 2
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
      \(function) "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    return try await Program.run(
      "/bin/bash", arguments: ["-c", script, "bash", path, directory, program] + words
    ) {
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
      ("sluice", ["que"], ["query"]), ("sluice", ["query", "--ord"], ["--order"]),
      ("sluice", ["query", "--order", ""], ["desc", "asc"]),
      ("sluice", ["dead", "--repub"], ["--republished"]),
    ] as [(String, [String], [String])])
  func bashOffers(_ program: String, _ words: [String], _ expected: [String]) async throws {
    #expect(try await completions(of: program, words) == expected)
  }

  /// bash quotes a path by itself; split at its spaces, it would be several words that are no paths.
  @Test(
    arguments: [
      ("sluiced", ["--config"]), ("sluice-publish", ["--input"]), ("sluice-publish", ["--key-file"]),
      ("sluice", ["stats", "--key-file"]), ("sluice", ["query", "--tls-ca"]),
    ] as [(String, [String])])
  func bashOffersPathsWithSpacesWhole(_ program: String, _ words: [String]) async throws {
    try await withTemporaryDirectory { directory in
      for name in ["my key file", "my other file", "yours"] {
        #expect(FileManager.default.createFile(atPath: "\(directory)/\(name)", contents: nil))
      }
      let all = try await completions(of: program, words + ["my"], in: directory)
      #expect(all.sorted() == ["my key file", "my other file"])
      let one = try await completions(of: program, words + ["my k"], in: directory)
      #expect(one == ["my key file"])
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
