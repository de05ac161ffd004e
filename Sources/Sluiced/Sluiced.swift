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
    signal(SIGPIPE, SIG_IGN)
    do {
      let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
      try await perform(invocation)
    } catch {
      let failure = DaemonFailure(ofDaemon: error)
      FileHandle.standardError.write(Data("sluiced: \(failure.description)\n".utf8))
      // Without the handlers of `exit`: a thread may be connecting to the database still, and the handlers of
      // libraries below libpq abort the process then.
      fflush(nil)
      _exit(failure.status.rawValue)
    }
  }

  private static func perform(_ invocation: Invocation) async throws {
    switch invocation.command {
    case .help: return print(HelpText.text)
    case .version: return print(SluiceVersion.current)
    case .configurationReference: return print(ConfigurationReference.markdown, terminator: "")
    case .manualPage: return print(ManualPage.text, terminator: "")
    case .completionScript: return print(try completions(of: invocation.shell), terminator: "")
    case .devCertificates: return try makeCertificates(invocation.certificateDirectory)
    case .credentials where invocation.credentials == nil: return print(HelpText.text)
    case .run, .checkConfig, .migrate, .grants, .audit, .maintenance, .healthcheck, .credentials: break
    }
    let configuration = try await EffectiveConfiguration(
      invocation, environment: ProcessInfo.processInfo.environment)
    if invocation.command == .checkConfig {
      for warning in configuration.warnings {
        FileHandle.standardError.write(Data("sluiced: warning: \(warning)\n".utf8))
      }
      return print(configuration.report)
    }
    let settings = configuration.settings
    if invocation.command == .grants {
      return print(try grants(to: invocation.grantedRole, settings), terminator: "")
    }
    if let arguments = invocation.credentials {
      return try CredentialsCommand(arguments: arguments, settings: settings).run()
    }
    DaemonLog.bootstrap(settings.log)
    let logger = Logger(label: "sluiced")
    for warning in configuration.warnings { logger.warning("\(warning)") }
    switch invocation.command {
    case .healthcheck: try await checkHealth(settings)
    case .migrate: try await withDatabase(settings, logger) { try await $0.migrate() }
    case .audit: try await audit(settings, logger)
    case .maintenance: try await maintain(settings, logger)
    default: try await Daemon(settings, logger: logger).run()
    }
  }

  private static func completions(of shell: CompletionShell?) throws -> String {
    guard let shell else {
      throw ConfigurationError.contradiction(
        "sluiced completion-script needs the name of a shell: bash, zsh or fish")
    }
    return CompletionScript(shell).text
  }

  private static func makeCertificates(_ directory: String?) throws {
    guard let directory else {
      throw ConfigurationError.contradiction(
        "sluiced dev-certs needs a directory for the files: for example sluiced dev-certs certs")
    }
    print(try DevelopmentFiles(directory).make(), terminator: "")
  }

  private static func grants(to role: String?, _ settings: DaemonSettings) throws -> String {
    guard let role else {
      throw ConfigurationError.contradiction(
        "sluiced grants needs the name of a database role: for example sluiced grants app | psql DATABASE")
    }
    return RoleGrants(role: role, schema: settings.database.schema).text
  }

  private static func checkHealth(_ settings: DaemonSettings) async throws(DaemonFailure) {
    let probe = HealthProbe(
      host: settings.http.host, port: settings.http.port, encryption: settings.httpEncryptionSettings)
    let status: Int
    do {
      status = try await probe.ask()
    } catch {
      throw DaemonFailure(
        .checkFailed,
        "no answer from \(settings.http); is the daemon running there, and is http.tls the same?")
    }
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

  private static func maintain(_ settings: DaemonSettings, _ logger: Logger) async throws {
    let counts = try await withDatabase(settings, logger, existing: true) { database in
      try await database.migrate()
      return try await PostgresMaintenance(database.connection, settings.maintenanceSettings).run()
    }
    print(counts?.text ?? "another server is running maintenance now")
  }

  private static func audit(_ settings: DaemonSettings, _ logger: Logger) async throws {
    let report = try await withDatabase(settings, logger, existing: true) { database in
      try await PostgresAudit(database.connection).run()
    }
    print(report.text)
    guard report.holds else { throw DaemonFailure(.checkFailed, "the conservation law does not hold") }
  }
}
