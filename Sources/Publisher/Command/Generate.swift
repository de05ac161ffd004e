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

  @OptionGroup(title: "Where to")
  var target: TargetOptions

  @OptionGroup(title: "Who publishes")
  var key: KeyOption

  @OptionGroup(title: "Encryption")
  var encryption: EncryptionOptions

  @OptionGroup(title: "Generated events")
  var load: LoadOptions

  @OptionGroup(title: "Buffering what cannot be sent")
  var buffering: BufferingOptions

  @OptionGroup(title: "Result")
  var result: ResultOptions

  func validate() throws {
    try SluicePublish.validate(target, buffering)
  }

  func run() async throws {
    try await run(on: .standard)
  }

  /// Runs the command with its output on `console`.
  /// - Throws: `ExitCode` unless everything was published and committed.
  func run(on console: Console) async throws {
    var command = try SluicePublish.parse([])
    (command.target, command.key, command.encryption) = (target, key, encryption)
    (command.load, command.buffering, command.result) = (load, buffering, result)
    command.load.events = load.events ?? LoadOptions.usualEvents
    command.load.topicPrefix = load.topicPrefix ?? LoadOptions.usualPrefix
    try await command.run(on: console)
  }
}
