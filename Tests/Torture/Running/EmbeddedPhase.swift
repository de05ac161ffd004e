import Foundation

/// The shorter part of a run: a server with its own Postgres, killed again and again under load.
struct EmbeddedPhase {
  let options: RunOptions
  let kills: Int

  /// - Parameter options: Of the whole run.
  init(_ options: RunOptions) {
    var own = options
    own.directory = options.path("embedded")
    own.serverArguments += ["--data-dir", own.path("data")]
    own.lanes = 1
    self.options = own
    kills = min(10, max(3, options.seconds / 30))
  }

  /// - Returns: What is wrong, and how long each start after a kill took until the server was ready.
  /// - Throws: `SystemFailure` when the phase could not be made.
  func run() throws -> (findings: FindingList, restarts: [Duration]) {
    mkdir(options.directory, 0o755)
    let server = try ServerActor(
      .init(
        program: options.sluiced, arguments: options.serverArguments, environment: [:],
        log: options.path("sluiced.log"), name: "embedded", runLog: options.log), database: { 0 })
    try server.start()
    defer { server.stop() }
    let lane = options.laneActor(0, ports: [server.port], start: Clock.nanoseconds)
    lane.start()
    var random = Random64(options.seed, 0xE)
    for _ in 0..<kills {
      Clock.sleep(.milliseconds(300 + random.below(700)))
      server.kill()
      Clock.wait(limit: .seconds(60)) { server.isReady }
    }
    var findings = Draining.drain([lane], stopFile: options.stopFile)
    for failure in server.failures { findings.add(.program, "with embedded Postgres: \(failure)") }
    let check = DatabaseCheck(database: try database(), lanes: options.models(), seed: options.seed)
    findings.add(try check.run().findings)
    return (findings, server.restarts)
  }

  /// The embedded server's socket, from its pid file: port and directory stand in the lines 4 and 5.
  private func database() throws -> Database {
    let file = options.path("data/postgres/postmaster.pid")
    let lines = (try? String(contentsOfFile: file, encoding: .utf8))?.split(
      separator: "\n", omittingEmptySubsequences: false)
    guard let lines, lines.count > 4 else { throw SystemFailure("\(file) is not as expected") }
    return Database(conninfo: "host=\(lines[4]) port=\(lines[3]) user=sluice dbname=sluice")
  }
}
