import TestSupport

/// One request of curl, which is another implementation of TLS and HTTP.
struct Curl {
  /// The status of the answer; 0 without an answer.
  let status: Int
  /// The version of HTTP: `1.1`, `2`, or `0` without an answer.
  let version: String
  let body: String
  /// The exit status: 60 for a certificate that curl does not trust (curl(1), "EXIT CODES").
  let exit: Program.Exit

  /// Sends GET.
  init(_ url: String, _ arguments: [String] = []) async throws {
    let fixed = ["--silent", "--max-time", "60", "--write-out", "\n%{http_code} %{http_version}"]
    (exit, status, version, body) = try await Program.run(
      "/usr/bin/curl", arguments: fixed + arguments + [url]
    ) { program in
      let exit = try await program.exit()
      let lines = program.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
      let figures = (lines.last ?? "").split(separator: " ")
      return (
        exit, figures.first.flatMap { Int($0) } ?? 0, figures.last.map(String.init) ?? "0",
        lines.dropLast().joined(separator: "\n")
      )
    }
  }
}
