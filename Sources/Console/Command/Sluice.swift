import ArgumentParser
import Base
import Foundation

/// The `sluice` command: reads from a server over its HTTP port.
@main
struct Sluice: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice",
    abstract: "Search, watch and look after the events of a Sluice server.",
    usage: """
      sluice tail --topic 'orders.*'
      sluice query --since -15m --grep timeout --limit 20
      sluice get orders.created invoice-42
      sluice top
      """,
    discussion: """
      Exit status:
      \(ConsoleExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """,
    version: ProgramVersion.current,
    subcommands: [
      TailCommand.self, QueryCommand.self, GetCommand.self, CountsCommand.self, TopCommand.self,
      StatsCommand.self, HistoryCommand.self, TopicsCommand.self, ProducersCommand.self, DeadCommand.self,
      RepublishCommand.self,
    ])

  /// Runs the command. Ends the process with the status of `ConsoleExitStatus`.
  static func main() async {
    StandardDescriptors.occupy()
    // A write to a closed pipe is an error of the write then, which ends the command quietly.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try await asyncParseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      if !failure.description.isEmpty { CommandOutput.standard.tell(failure.description) }
      exit(withError: ExitCode(failure.status.rawValue))
    } catch {
      exit(withError: error)
    }
  }
}
