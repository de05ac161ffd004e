internal import Base
import DaemonConfiguration
import DaemonServices
internal import DevelopmentCertificates
internal import EmbeddedPostgres
import Foundation
import HTTPAdmin
import Ingest
import Logging
import Storage
internal import StoreInterface

/// The program: parses the command line and runs the command.
@main
enum Sluiced {
  static func main() async {
    StandardDescriptors.occupy()
    signal(SIGPIPE, SIG_IGN)
    do {
      let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
      try await perform(invocation)
    } catch {
      let failure = DaemonFailure(ofDaemon: error)
      Output.say(failure.description)
      // Without the handlers of `exit`: a thread may be connecting to the database still, and the handlers of
      // libraries below libpq abort the process then.
      fflush(nil)
      _exit(failure.status.rawValue)
    }
  }

  private static func perform(_ invocation: Invocation) async throws {
    let wantsJSON = invocation.wantsJSON
    switch invocation.command {
    case .help: return try Output.writeLine(HelpText.text)
    case .version: return try Output.writeLine(wantsJSON ? versionJSON.text : SluiceVersion.current)
    case .configurationReference where wantsJSON:
      return try Output.writeLine(ConfigurationReference.json.text)
    case .configurationReference: return try Output.write(ConfigurationReference.markdown)
    case .manualPage: return try Output.write(ManualPage.text)
    case .completionScript: return try Output.write(completions(of: invocation.shell))
    case .devCertificates: return try makeCertificates(invocation.certificateDirectory, wantsJSON)
    case .credentials where invocation.credentials == nil: return try Output.writeLine(HelpText.text)
    case .run, .checkConfig, .migrate, .grants, .audit, .maintenance, .healthcheck, .credentials: break
    }
    let configuration = try await EffectiveConfiguration(
      invocation, environment: ProcessInfo.processInfo.environment)
    if invocation.command == .checkConfig {
      for warning in configuration.warnings { Output.say("warning: \(warning)") }
      return try Output.writeLine(wantsJSON ? configuration.json.text : configuration.report)
    }
    let settings = configuration.settings
    if invocation.command == .grants {
      return try Output.write(grants(to: invocation.grantedRole, settings, wantsJSON))
    }
    if let arguments = invocation.credentials {
      return try CredentialsCommand(arguments: arguments, settings: settings, wantsJSON: wantsJSON).run()
    }
    DaemonLog.bootstrap(settings.log)
    let logger = Logger(label: "sluiced")
    for warning in configuration.warnings { logger.warning("\(warning)") }
    switch invocation.command {
    case .healthcheck: try await checkHealth(settings, wantsJSON)
    case .migrate:
      try await withDatabase(settings, logger) { try await $0.migrate(movesEvents: true) }
      if wantsJSON { try Output.writeLine(JSONReport.object(["migrated": .boolean(true)]).text) }
    case .audit: try await audit(settings, logger, wantsJSON)
    case .maintenance: try await maintain(settings, logger, wantsJSON)
    default: try await Daemon(settings, logger: logger).run()
    }
  }

  private static let versionJSON: JSONReport = .object(["version": .string(SluiceVersion.current)])

  private static func completions(of shell: CompletionShell?) throws -> String {
    guard let shell else {
      throw ConfigurationError.contradiction(
        "sluiced completion-script needs the name of a shell: bash, zsh or fish")
    }
    return CompletionScript(shell).text
  }

  private static func makeCertificates(_ directory: String?, _ wantsJSON: Bool) throws {
    guard let directory else {
      throw ConfigurationError.contradiction(
        "sluiced dev-certs needs a directory for the files: for example sluiced dev-certs certs")
    }
    let text = try DevelopmentFiles(directory).make()
    let json: JSONReport = .object([
      "directory": .string(directory), "files": .strings(DevelopmentFiles.names),
      "valid_days": .integer(Int64(DevelopmentFiles.days)),
    ])
    try Output.write(wantsJSON ? "\(json.text)\n" : text)
  }

  private static func grants(
    to role: String?, _ settings: DaemonSettings, _ wantsJSON: Bool
  ) throws -> String {
    guard let role else {
      throw ConfigurationError.contradiction(
        "sluiced grants needs the name of a database role: for example sluiced grants app | psql DATABASE")
    }
    let text = RoleGrants(role: role, schema: settings.database.schema).text
    return wantsJSON ? JSONReport.object(["role": .string(role), "sql": .string(text)]).text + "\n" : text
  }

  private static func checkHealth(
    _ settings: DaemonSettings, _ wantsJSON: Bool
  ) async throws(DaemonFailure) {
    let probe = HealthProbe(
      host: settings.http.host, port: settings.http.port, encryption: settings.httpEncryptionSettings)
    func report(_ status: Int?) throws(DaemonFailure) {
      guard wantsJSON else { return }
      let json: JSONReport = .object([
        "healthy": .boolean(status == 200), "address": .string("\(settings.http)"),
        "status": status.map { .integer(Int64($0)) } ?? .null,
      ])
      try Output.writeLine(json.text)
    }
    let status: Int
    do {
      status = try await probe.ask()
    } catch {
      try report(nil)
      throw DaemonFailure(
        .checkFailed,
        "no answer from \(settings.http); is the daemon running there, and is http.tls the same?")
    }
    try report(status)
    guard status == 200 else {
      throw DaemonFailure(.checkFailed, "\(settings.http) is not healthy: status \(status)")
    }
  }

  /// Opens the database for a command. A signal ends the command at once, but only after the embedded
  /// Postgres is stopped, because it would otherwise keep running without a daemon.
  /// - Parameter existing: Whether there must be a database already, which another process may own.
  private static func withDatabase<Result: Sendable>(
    _ settings: DaemonSettings, _ logger: Logger, existing: Bool = false,
    _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    let stop = StopRequest(isOrderly: false)
    await stop.listen()
    let held: @Sendable (HastyServerStop) -> Void = { hasty in stop.beforeHastyEnd { await hasty.run() } }
    do {
      let result =
        existing
        ? try await Database.withExisting(settings, logger: logger, held: held, body)
        : try await Database.with(settings, logger: logger, held: held, body)
      await stop.leaveToHastyEnd()
      return result
    } catch {
      await stop.leaveToHastyEnd()
      throw error
    }
  }

  private static func maintain(
    _ settings: DaemonSettings, _ logger: Logger, _ wantsJSON: Bool
  ) async throws {
    let counts = try await withDatabase(settings, logger, existing: true) { database in
      try await database.migrate()
      return try await PostgresMaintenance(database.connection, settings.maintenanceSettings).run()
    }
    guard !wantsJSON else { return try Output.writeLine(MaintenanceCounts.json(counts).text) }
    try Output.writeLine(counts?.text ?? "another server is running maintenance now")
  }

  private static func audit(
    _ settings: DaemonSettings, _ logger: Logger, _ wantsJSON: Bool
  ) async throws {
    let report = try await withDatabase(settings, logger, existing: true) { database in
      try await PostgresAudit(database.connection).run()
    }
    try Output.writeLine(wantsJSON ? report.json.text : report.text)
    guard report.holds else { throw DaemonFailure(.checkFailed, "the conservation law does not hold") }
  }
}
