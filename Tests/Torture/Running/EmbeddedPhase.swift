import Foundation

/// The shorter part of a run, in which a server with embedded Postgres is killed repeatedly under load.
struct EmbeddedPhase {
  let options: RunOptions
  let kills: Int

  /// - Parameter options: Options of the whole run.
  init(_ options: RunOptions) {
    var own = options
    own.directory = options.path("embedded")
    own.serverArguments += ["--data-dir", own.path("data")]
    own.workers = 1
    self.options = own
    kills = min(10, max(3, options.seconds / 30))
  }

  /// Runs the phase.
  /// - Returns: The findings, and for each kill the time until the server was ready again.
  /// - Throws: `SystemFailure` when the phase could not be run.
  func run() throws -> (findings: FindingList, restarts: [Duration]) {
    mkdir(options.directory, 0o755)
    let server = try ServerActor(
      .init(
        program: options.sluiced, arguments: options.serverArguments, environment: [:],
        log: options.path("sluiced.log"), name: "embedded", runLog: options.log), database: { 0 })
    try server.start()
    defer { server.stop() }
    let worker = options.workerActor(0, ports: [server.port], start: Clock.nanoseconds)
    worker.start()
    var random = Random64(options.seed, 0xE)
    for _ in 0..<kills {
      Clock.sleep(.milliseconds(300 + random.below(700)))
      server.kill()
      Clock.wait(limit: .seconds(60)) { server.isReady }
    }
    var findings = Draining.drain([worker], stopFile: options.stopFile)
    for failure in server.failures { findings.add(.program, "with embedded Postgres: \(failure)") }
    let check = DatabaseCheck(database: try database(), workers: options.models(), seed: options.seed)
    findings.add(try check.run().findings)
    return (findings, server.restarts)
  }

  /// Connects to the socket of the embedded Postgres. Lines 4 and 5 of its pid file are the port and the
  /// directory.
  private func database() throws -> Database {
    let file = options.path("data/postgres/postmaster.pid")
    let lines = (try? String(contentsOfFile: file, encoding: .utf8))?.split(
      separator: "\n", omittingEmptySubsequences: false)
    guard let lines, lines.count > 4 else { throw SystemFailure("\(file) is not as expected") }
    return Database(conninfo: "host=\(lines[4]) port=\(lines[3]) user=sluice dbname=sluice")
  }
}
