import DaemonConfiguration
import DaemonServices
import Foundation
import HTTPAdmin
import Ingest
import Logging
import Storage

/// The program: takes the command line apart and does what it asks for.
@main
enum Sluiced {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
      try await perform(invocation)
    } catch {
      let failure = DaemonFailure(error)
      FileHandle.standardError.write(Data("sluiced: \(failure.description)\n".utf8))
      exit(failure.status.rawValue)
    }
  }

  private static func perform(_ invocation: Invocation) async throws {
    switch invocation.command {
    case .help: return print(HelpText.text)
    case .version: return print(SluiceVersion.current)
    case .configurationReference: return print(ConfigurationReference.markdown, terminator: "")
    case .run, .checkConfig, .migrate, .audit, .maintenance, .healthcheck: break
    }
    let configuration = try await EffectiveConfiguration(
      invocation, environment: ProcessInfo.processInfo.environment)
    if invocation.command == .checkConfig { return print(configuration.report) }
    let settings = configuration.settings
    DaemonLog.bootstrap(settings.log)
    let logger = Logger(label: "sluiced")
    switch invocation.command {
    case .healthcheck: try await checkHealth(settings)
    case .migrate: try await Database.with(settings, logger: logger) { try await $0.migrate() }
    case .audit: try await audit(settings, logger)
    case .maintenance: try await maintain(settings, logger)
    default: try await Daemon(settings, logger: logger).run()
    }
  }

  private static func checkHealth(_ settings: DaemonSettings) async throws(DaemonFailure) {
    let probe = HealthProbe(host: settings.http.host, port: settings.http.port)
    let status: Int
    do {
      status = try await probe.ask()
    } catch {
      throw DaemonFailure(.checkFailed, "no answer from \(settings.http); is the daemon running there?")
    }
    guard status == 200 else {
      throw DaemonFailure(.checkFailed, "\(settings.http) is not healthy: status \(status)")
    }
  }

  private static func maintain(_ settings: DaemonSettings, _ logger: Logger) async throws {
    let counts = try await Database.with(settings, logger: logger) { database in
      try await database.migrate()
      return try await PostgresMaintenance(database.connection, settings.maintenanceSettings).run()
    }
    print(counts?.text ?? "another server is at it")
  }

  private static func audit(_ settings: DaemonSettings, _ logger: Logger) async throws {
    let report = try await Database.with(settings, logger: logger) { database in
      try await PostgresAudit(database.connection).run()
    }
    print(report.text)
    guard report.holds else { throw DaemonFailure(.checkFailed, "the conservation law does not hold") }
  }
}
