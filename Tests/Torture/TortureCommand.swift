import ArgumentParser
import Foundation

/// Kills, cuts and stalls servers, their database and their producers, and checks that nothing was lost or
/// counted twice.
@main
struct TortureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture",
    abstract: "Break everything that may break, and compare the database with what was promised.",
    discussion: "Exit status: 0 passed, 1 something is wrong, 2 the run could not be made.",
    subcommands: [RunCommand.self, WorkerCommand.self, PlanCommand.self], defaultSubcommand: RunCommand.self)
}

/// Runs a plan and prints the report.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "Run (the default).")

  @Option(help: "Time for which faults are caused, in seconds.")
  var seconds = 60
  @Option(help: "The seed of plan and events; the same seed gives the same plan.")
  var seed: UInt64 = 1
  @Option(help: "Number of producers, 1 to 32.")
  var workers = 4
  @Option(help: "Events per second of all producers together.")
  var rate = 9_000
  @Option(help: "The commit strategy of the servers (writers.strategy).")
  var strategy: String?
  @Option(help: "The executable of the servers; by default beside this one.")
  var sluiced: String?
  @Option(help: "The directory of Postgres's programs; by default the newest one below /usr/lib/postgresql.")
  var postgres: String?
  @Option(help: "The account that runs Postgres when this program is run by root.")
  var postgresAccount = "postgres"
  @Option(help: "A file for the report in JSON.")
  var json: String?
  @Flag(help: "Keep the files of the run even if it passed.")
  var keep = false

  func validate() throws {
    guard seconds > 0, 1...32 ~= workers, rate >= workers else {
      throw ValidationError("seconds and rate must be above zero, and workers from 1 to 32")
    }
  }

  func run() throws {
    // Writing to a closed connection must return an error, not end this process.
    signal(SIGPIPE, SIG_IGN)
    let options = try options()
    let report: Report
    do {
      report = try TortureRun(options: options).run()
    } catch {
      print("torture: \(error); see \(options.directory)")
      throw ExitCode(2)
    }
    print(report.text)
    if let json { try report.json.write(toFile: json, atomically: true, encoding: .utf8) }
    if report.passed, !keep {
      try FileManager.default.removeItem(atPath: options.directory)
    } else {
      print("torture: logs and journals are in \(options.directory)")
    }
    if !report.passed { throw ExitCode(1) }
  }

  private func options() throws -> RunOptions {
    guard let program = realpath("/proc/self/exe", nil).map({ String(cString: $0) }) else {
      throw SystemFailure("this program's path", errno)
    }
    var template = Array("/tmp/sluice-torture-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemFailure("no directory for the run", errno) }
    let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    chmod(directory, 0o755)
    return RunOptions(
      seed: seed, seconds: seconds, workers: workers, workerRate: rate / workers,
      serverArguments: strategy.map { ["--writers-strategy", $0] } ?? [], directory: directory,
      sluiced: sluiced ?? URL(filePath: program).deletingLastPathComponent().path + "/sluiced",
      program: program, postgresBinaries: try postgres ?? Self.newestPostgres(),
      log: try RunLog("\(directory)/run.log"), postgresAccount: postgresAccount)
  }

  private static func newestPostgres() throws -> String {
    let parent = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    guard let newest = versions.compactMap({ Int($0) }).max() else {
      throw SystemFailure("no Postgres below \(parent); name its programs' directory with --postgres")
    }
    return "\(parent)/\(newest)/bin"
  }
}

/// Prints the plan of a run.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "plan", abstract: "Print a run's plan.")

  @Option var seconds = 60
  @Option var seed: UInt64 = 1
  @Option var workers = 4

  func run() {
    let plan = FaultPlan(seed: seed, seconds: seconds, workers: workers)
    for entry in plan.entries { print(entry) }
    print("plan \(plan.fingerprint)")
  }
}
