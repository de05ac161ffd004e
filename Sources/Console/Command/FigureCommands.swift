import ArgumentParser
import CommandSupport

/// `sluice stats`: the figures of a server at this moment.
struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show counts, rates, latencies and the queue of a server.")

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func run() async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      let stats = try await server.json(RequestTarget("stats"))
      guard !json.isOn else { return try output.print(JSONText.pages(stats)) }
      let lines = TopScreen.summary(ServerFigures(stats), address: "\(server.settings.address)")
      try output.print(lines.map { $0.painted(output.paint) }.joined(separator: "\n"))
    }
  }
}

/// `sluice history`: the figures of a server in the last hour.
struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show the figures of the last hour, which each server keeps in memory.")

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The begin: ISO 8601, or a distance from now such as -10m.", valueName: "time"))
  var since: TimeArgument?

  @Option(
    help: ArgumentHelp("The time of one row; without it, a time that gives few rows.", valueName: "duration"))
  var interval: DurationArgument?

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func run() async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      let whole = try await server.answer(to: RequestTarget("history").adding("since", since?.text))
      guard whole.status != 404 || whole.reason == nil else {
        throw CommandFailure(
          .failed, "\(server.settings.address) has no /history: that server is older than this program")
      }
      let answer = try whole.json(from: server.settings)
      guard !json.isOn else { return try output.print(JSONText.pages(answer)) }
      guard let series = ServerHistory(answer).longest, series.count > 0 else {
        return try output.print("there are no figures yet")
      }
      let table = HistoryTable(series, length: interval.map { $0.milliseconds / 1_000 })
      try output.print(table.text(output.paint))
    }
  }
}
