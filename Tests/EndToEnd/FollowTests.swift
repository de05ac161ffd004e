import Foundation
import Glibc
import TestSupport
import Testing

/// `sluice-publish --follow` while its files are rotated, and while it and the server are killed.
///
/// `make follow-test` runs the first test with more rotations and kills.
struct FollowTests {
  /// The numbers of rotations and kills, from the environment.
  private struct Plan {
    let rotations = Plan.number("SLUICE_FOLLOW_ROTATIONS", otherwise: 12)
    let kills = Plan.number("SLUICE_FOLLOW_KILLS", otherwise: 3)
    let serverKills = Plan.number("SLUICE_FOLLOW_SERVER_KILLS", otherwise: 1)

    private static func number(_ name: String, otherwise: Int) -> Int {
      ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
    }

    /// Whether one of `count` kills belongs to this rotation.
    func isDue(_ count: Int, at rotation: Int) -> Bool {
      (rotation + 1) * count / rotations > rotation * count / rotations
    }
  }

  @Test func storesEveryLineOnceThroughRotationsAndKills() async throws {
    let plan = Plan()
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        let server = ServerProcess(try await Daemon.run(over: conninfo) { $0.tcpPort }, conninfo)
        let follower = FollowerProcess(directory, port: server.port)
        try await server.start()
        try await follower.start()
        var log = RotatedLog(directory)
        for rotation in 0..<plan.rotations {
          try log.write(lines: 40)
          // Some rotations find the follower at the end of its files, others far behind.
          if rotation.isMultiple(of: 3) { try await waitForRows(log.lines - 20, conninfo) }
          if plan.isDue(plan.serverKills, at: rotation) { try await server.kill() }
          let isKilled = plan.isDue(plan.kills, at: rotation)
          try await log.rotate(byRenaming: rotation.isMultiple(of: 2)) {
            if isKilled { try await follower.kill() }
          }
          try log.write(lines: 10)
          if isKilled { try await follower.start() }
          try await server.start()
        }
        try await waitForRows(log.lines, conninfo)
        let exit = try await follower.stop()
        #expect(exit == .status(0))
        try await server.kill()
        let rows = try await SQL.run(
          "SELECT count(*), count(DISTINCT source) FROM sluice.events", on: conninfo)
        #expect(rows == [["\(log.lines)", "\(log.lines)"]])
        try await expectConserved(conninfo, unique: log.lines)
      }
    }
  }

  @Test func refusesAStateFileThatIsInUse() async throws {
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          let follower = FollowerProcess(directory, port: daemon.tcpPort)
          try await follower.start()
          var log = RotatedLog(directory)
          try log.write(lines: 5)
          try await waitForRows(5, conninfo)
          let (exit, _, errors) = try await publish(to: daemon.tcpPort, follower.arguments)
          #expect(exit == .status(65))
          #expect(errors.contains("is in use"))
          let end = try await follower.stop()
          #expect(end == .status(0))
        }
      }
    }
  }

  private func waitForRows(_ count: Int, _ conninfo: String) async throws {
    try await waitUntil(limit: .seconds(120)) {
      let rows = try await SQL.run("SELECT count(*) FROM sluice.events", on: conninfo)
      return rows[0][0].flatMap { Int($0) } ?? 0 >= count
    }
  }
}

/// A log that a program writes with other numbers of bytes at a time than lines have. Half of the lines have no event
/// id.
private struct RotatedLog {
  private let directory: String
  private var file: FileHandle
  /// Number of lines so far.
  private(set) var lines = 0
  private var rotations = 0

  private var path: String { "\(directory)/app.log" }

  init(_ directory: String) {
    self.directory = directory
    file = Self.open("\(directory)/app.log")
  }

  private static func open(_ path: String) -> FileHandle {
    FileHandle(
      fileDescriptor: Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644), closeOnDealloc: true)
  }

  mutating func write(lines count: Int) throws {
    var text = ""
    for _ in 0..<count {
      lines += 1
      let id = lines.isMultiple(of: 2) ? #""event_id":"\#(lines)","# : ""
      text +=
        #"{"topic":"follow.test",\#(id)"timestamp":"2026-01-02T03:04:05Z","source":"line \#(lines)"}"# + "\n"
    }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      try file.write(contentsOf: Data(rest.prefix(777)))
      rest = rest.dropFirst(777)
    }
  }

  /// Renames the file and begins another, or copies the file and truncates it.
  /// - Parameter between: called between the two steps.
  mutating func rotate(byRenaming: Bool, _ between: () async throws -> Void) async throws {
    rotations += 1
    let old = "\(path).\(rotations)"
    if byRenaming {
      try FileManager.default.moveItem(atPath: path, toPath: old)
      try await between()
      // The program still writes to the renamed file until it notices.
      try write(lines: 3)
      file = Self.open(path)
    } else {
      try FileManager.default.copyItem(atPath: path, toPath: old)
      try await between()
      try file.truncate(atOffset: 0)
    }
  }
}

/// A `sluice-publish` that follows the log, started again after each kill.
private final class FollowerProcess {
  let arguments: [String]
  private let port: Int
  private var running: StartedProgram?

  init(_ directory: String, port: Int) {
    self.port = port
    arguments =
      ["--follow", "\(directory)/app.log*", "--state", "\(directory)/state", "--batch", "7"]
      + ["--stop-wait", "60s"]
  }

  func start() async throws {
    running = try await StartedProgram("sluice-publish", ["--port", "\(port)", "--wait", "60s"] + arguments)
  }

  func kill() async throws {
    _ = try await running?.end(by: SIGKILL)
  }

  func stop() async throws -> Program.Exit? {
    try await running?.end(by: SIGTERM)
  }
}

/// A `sluiced` on one port, started again after a kill.
private final class ServerProcess {
  let port: Int
  private let conninfo: String
  private var running: StartedProgram?

  init(_ port: Int, _ conninfo: String) {
    self.port = port
    self.conninfo = conninfo
  }

  func start() async throws {
    guard running == nil else { return }
    running = try await StartedProgram(
      "sluiced", ["--tcp-port", "\(port)", "--http-port", "0"], ["SLUICE_DATABASE_URL": conninfo])
    _ = try await running?.program.firstLine()
  }

  func kill() async throws {
    _ = try await running?.end(by: SIGKILL)
    running = nil
  }
}

/// A program that runs until a signal ends it.
private struct StartedProgram {
  let program: Program
  private let stopped: AsyncStream<Void>.Continuation

  init(_ name: String, _ arguments: [String], _ environment: [String: String] = [:]) async throws {
    let (started, announce) = AsyncStream.makeStream(of: Program.self)
    let (stops, stopped) = AsyncStream.makeStream(of: Void.self)
    Task {
      defer { announce.finish() }
      try await Program.run(name, arguments: arguments, environment: environment) { program in
        announce.yield(program)
        for await _ in stops {}
      }
    }
    for await program in started {
      (self.program, self.stopped) = (program, stopped)
      return
    }
    throw TestSupportError("\(name) did not start")
  }

  func end(by signal: Int32) async throws -> Program.Exit {
    program.send(signal)
    defer { stopped.finish() }
    return try await program.exit()
  }
}
