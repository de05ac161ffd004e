import EmbeddedPostgres
import FoundationEssentials
import Glibc

/// A Postgres server with an asynchronous standby, each with its own cluster, for tests of failovers.
public struct StandbyPair: Sendable {
  /// The primary server when a test begins.
  public let primary: ClusterServer
  /// The server that replicates the primary until `detach`.
  public let standby: ClusterServer

  /// A connection string for the server that currently takes writes.
  public var conninfo: String {
    "host=\(primary.host),\(standby.host) port=5432,5432 \(Self.login) target_session_attrs=read-write"
  }

  private static let login = "user=sluice dbname=sluice"

  /// Runs both servers while `body` runs.
  public static func run<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (StandbyPair) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDirectory { directory in
      let access = "\(directory)/hba.conf"
      try write("local all all trust\nlocal replication all trust\n", to: access)
      var first = configuration("\(directory)/a")
      first.overrides.append(ServerSetting("hba_file", access, "the standby connects as another role"))
      // The data directory of a stopped server is copied file by file.
      try await ClusterServer(first).stop()
      try await copyDirectory("\(directory)/a", to: "\(directory)/b")
      let primary = try await ClusterServer(first)
      var second = configuration("\(directory)/b")
      second.overrides += [
        ServerSetting("hba_file", access, "as for the primary"),
        ServerSetting(
          "primary_conninfo", "host=\(primary.host) port=5432 user=sluice", "the server to replicate"),
      ]
      try write("", to: "\(directory)/b/postgres/standby.signal")
      do {
        let standby = try await ClusterServer(second)
        let outcome: Result<Value, any Error>
        do {
          outcome = .success(try await body(StandbyPair(primary: primary, standby: standby)))
        } catch {
          outcome = .failure(error)
        }
        await standby.stop()
        await primary.stop()
        return try outcome.get()
      } catch {
        await primary.stop()
        throw error
      }
    }
  }

  /// Waits until the standby has replayed everything that the primary has written so far.
  public func catchUp() async throws {
    let written = try await SQL.value("SELECT pg_current_wal_lsn()", on: primary.conninfo)
    try await waitUntil {
      let isThere = "SELECT coalesce(pg_last_wal_replay_lsn() >= '\(written)', false)"
      return try await SQL.value(isThere, on: standby.conninfo) == "t"
    }
  }

  /// Stops replication. Commits of the primary from now on are lost when the primary is lost.
  public func detach() async throws {
    try await SQL.run("ALTER SYSTEM SET primary_conninfo = ''", on: standby.conninfo)
    try await SQL.run("SELECT pg_reload_conf()", on: standby.conninfo)
    try await waitUntil {
      try await SQL.value("SELECT count(*) FROM pg_stat_replication", on: primary.conninfo) == "0"
    }
  }

  /// Promotes the standby, which takes writes from now on.
  public func promote() async throws {
    let promoted = try await SQL.value("SELECT pg_promote(true, 60)", on: standby.conninfo)
    guard promoted == "t" else { throw TestSupportError("the standby was not promoted") }
  }

  private static func configuration(_ directory: String) -> EmbeddedPostgresConfiguration {
    var configuration = EmbeddedPostgresConfiguration(dataDirectory: directory)
    configuration.binaries = ForcedPostgres.binaries
    configuration.socketParent = TestProcess.directory
    configuration.overrides = TestPostgres.throwAway
    configuration.isKeptRunning = false
    return configuration
  }

  private static func write(_ text: String, to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: text.data(using: .utf8)) else {
      throw TestSupportError("cannot write \(path)")
    }
    guard chmod(path, 0o644) == 0 else { throw TestSupportError("cannot change \(path)") }
  }
}

/// A Postgres server of a test.
public struct ClusterServer: Sendable {
  private let server: EmbeddedPostgres

  /// Starts the server, and creates its cluster if there is none.
  init(_ configuration: EmbeddedPostgresConfiguration) async throws {
    server = try await EmbeddedPostgres.start(configuration, logger: .silent)
  }

  /// The connection string of the server's database.
  public var conninfo: String { server.connectionString }

  /// The directory of the server's socket.
  public var host: String {
    let field = conninfo.split(separator: " ").first { $0.hasPrefix("host=") } ?? ""
    return String(field.dropFirst(5).filter { $0 != "'" })
  }

  /// Stops the server in an orderly manner. A second call has no effect.
  public func stop() async { await server.stop() }
}

/// Copies a directory with owners and permissions, as a backup of a stopped server does.
public func copyDirectory(_ source: String, to target: String) async throws {
  try await Program.run("/bin/cp", arguments: ["-a", source, target]) { program in
    guard try await program.exit() == .status(0) else {
      throw TestSupportError("cannot copy \(source): \(program.standardError)")
    }
  }
}
