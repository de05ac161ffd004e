import ArgumentParser

/// The sub-command `generate`, which publishes generated events.
struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish generated events, to try a server out and to measure it.",
    usage: """
      sluice-publish generate --events 25000 --verify http://127.0.0.1:8080
      sluice-publish generate --endpoint one:7171 --endpoint two:7171 --connections 4 --rate 200000
      """,
    discussion: """
      Topics begin with \(LoadOptions.usualPrefix), and the time of an event is the time of its sending. With --seed \
      every run has the same events.
      """)

  @OptionGroup
  var options: RunOptions

  func run() async throws {
    try await run(on: .standard)
  }

  /// Runs the command with its output on `console`.
  /// - Throws: `ExitCode` unless everything was published and committed.
  func run(on console: Console) async throws {
    var options = options
    options.load.topicPrefix = options.load.topicPrefix ?? LoadOptions.usualPrefix
    let source = options.load.source(of: options.load.events ?? LoadOptions.usualEvents)
    try await CommandRun(options: options, source: source).perform(on: console)
  }
}
