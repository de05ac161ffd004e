import ArgumentParser

/// The measuring programs made of the product's parts. `run.py` calls them.
@main
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Bench",
    abstract: "Parts of the benchmarks; `make bench` runs them all.",
    subcommands: [
      EventsCommand.self, ReplayCommand.self, IdleCommand.self, SettingsCommand.self,
      SinkCommand.self, StagesCommand.self, LogCommand.self,
    ])
}
