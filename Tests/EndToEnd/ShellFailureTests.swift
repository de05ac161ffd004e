import FaultProxy
import Foundation
import TestSupport
import Testing

/// Tests of what `sluice` says, and of its exit status, when the server does not answer as it should.
struct ShellFailureTests {
  private static let commands: [[String]] = [
    ["tail"], ["query"], ["get", "t", "1"], ["counts"], ["top", "--count", "1"], ["stats"], ["history"],
    ["topics"], ["producers"], ["dead"], ["republish", "7-1"],
  ]

  /// Expects one line on standard error, and nothing on standard output.
  private func expect(
    _ run: ShellRun, _ status: Int32, _ words: String, _ command: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.exit == .status(status), "\(command): \(run)", sourceLocation: sourceLocation)
    #expect(run.output.isEmpty, "\(command)", sourceLocation: sourceLocation)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count == 1, "\(command): \(lines)", sourceLocation: sourceLocation)
    #expect(
      run.errors.hasPrefix("sluice: ") && run.errors.contains(words), "\(command): \(run.errors)",
      sourceLocation: sourceLocation)
  }

  @Test func aServerThatIsAwayIsToldInOneLine() async throws {
    let proxy = try FaultProxy(to: .tcp(port: 1), speaking: .opaque)
    let port = proxy.port
    proxy.close()
    try await waitUntil { try await Curl("http://127.0.0.1:\(port)/").status == 0 }
    for command in Self.commands {
      expect(try await ShellRun(port: port, command), 3, "nothing listens there", command)
    }
  }

  @Test func aServerThatNeverAnswersIsToldAfterTheTimeout() async throws {
    let server = try SilentServer()
    for command in Self.commands {
      let run = try await ShellRun(port: server.port, command + ["--timeout", "300ms"])
      expect(run, 3, "did not answer within 300ms", command)
    }
    withExtendedLifetime(server) {}
  }

  @Test func aKeyIsAskedForRefusedAndTaken() async throws {
    try await withTemporaryDirectory { directory in
      let credentials = "\(directory)/credentials.yaml"
      let reader = try await key("reader", role: "read", in: credentials)
      let stranger = try await key("stranger", role: "read", in: "\(directory)/others.yaml")
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo, arguments: ["--auth-credentials", credentials]) { daemon in
          for command in Self.commands {
            expect(try await ShellRun(port: daemon.httpPort, command), 4, "asks for a key", command)
          }
          let refused = try await ShellRun(
            port: daemon.httpPort, ["stats"], environment: ["SLUICE_KEY": stranger])
          expect(refused, 4, "does not accept this key", ["stats"])
          let file = "\(directory)/reader.key"
          #expect(
            FileManager.default.createFile(
              atPath: file, contents: Data("\(reader)\n".utf8), attributes: [.posixPermissions: 0o600]))
          let taken = try await ShellRun(port: daemon.httpPort, ["stats", "--key-file", file])
          #expect(taken.exit == .status(0) && taken.complaints.isEmpty, "\(taken.errors)")
          let right = try await ShellRun(port: daemon.httpPort, ["producers", "--key-file", file])
          expect(right, 4, "refuses this", ["producers"])
          // What a key may not read is a note on the screen.
          let top = try await ShellRun(port: daemon.httpPort, ["top", "--count", "1", "--key-file", file])
          #expect(top.exit == .status(0) && top.output.contains("this key may not read it"), "\(top)")
        }
      }
    }
  }

  /// Makes a principal, and returns its key.
  private func key(_ name: String, role: String, in file: String) async throws -> String {
    let arguments = ["credentials", "add", name, "--role", role, "--auth-credentials", file]
    return try await Program.run("sluiced", arguments: arguments) {
      let exit = try await $0.exit()
      #expect(exit == .status(0), "\($0.standardError)")
      return $0.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  @Test func aCertificateIsTrustedByItsAuthorityAlone() async throws {
    try await CertificateFiles.run { files in
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo, arguments: files.server + ["--http-tls", "true"]) { daemon in
          let url = "https://localhost:\(daemon.httpPort)"
          let trusted = try await ShellRun(
            url: url, ["stats", "--tls-ca", "\(files.directory)/ca.pem"])
          #expect(trusted.exit == .status(0) && trusted.complaints.isEmpty, "\(trusted.errors)")
          expect(try await ShellRun(url: url, ["stats"]), 3, "give --tls-ca", ["stats"])
          let other = try await ShellRun(
            url: "https://[::1]:\(daemon.httpPort)", ["stats", "--tls-ca", "/nowhere/ca.pem"])
          expect(other, 64, "/nowhere/ca.pem cannot be read", ["stats"])
        }
      }
    }
  }

  @Test func aParameterThatTheServerRefusesIsNamed() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let run = try await ShellRun(port: daemon.httpPort, ["query", "--since", "yesterday"])
        expect(run, 1, "since", ["query"])
        let dead = try await ShellRun(port: daemon.httpPort, ["republish", "7-1"])
        expect(dead, 1, "there is no dead event 7-1", ["republish"])
      }
    }
  }
}
