import ArgumentParser
import CommandSupport

/// `sluice tail`: prints events as they are committed.
struct TailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Print events as they are committed.",
    discussion: """
      When the connection ends, the command tries again for --retry and goes on after the last event, without loss or \
      repetition.
      """)

  @OptionGroup(title: "Events") var filters: FilterOptions

  @Option(help: ArgumentHelp("End after this number of events.", valueName: "number"))
  var limit: Int?

  @Option(help: ArgumentHelp("How long to try again when the server goes away.", valueName: "duration"))
  var retry = DurationArgument(milliseconds: 300_000)

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit takes 1 or more.") }
  }

  /// The longest pause in which the server sends nothing (`spec/http-api.md`, "GET /events/stream").
  private static let heartbeat = Duration.seconds(15)

  func run() async throws {
    ReaderWatch.start()
    let output = CommandOutput.standard
    try await server.withServer(quiet: Self.heartbeat) { try await follow($0, output) }
  }

  private func follow(_ server: ServerClient, _ output: CommandOutput) async throws(CommandFailure) {
    let target = RequestTarget("events", "stream", parameters: filters.parameters)
    var tail = Tail(limit: limit, writer: EventWriter(json.isOn ? .ndjson : .text, output.paint))
    var pauses = RetryPauses(within: retry.duration)
    while true {
      do throws(CommandFailure) {
        try await server.stream(target, after: tail.position) {
          if pauses.wereNeeded { output.tell("connected again") }
          pauses.reset()
        } _: { bytes throws(CommandFailure) in
          let text = try tail.take(bytes)
          if !text.isEmpty { try output.write(text) }
          return !tail.isDone && tail.end == nil
        }
      } catch {
        guard tail.hasBegun, error.status == .unreachable else { throw error }
        tail.end = error.description
      }
      guard !tail.isDone, let reason = tail.end else { return }
      guard let pause = pauses.next() else { throw CommandFailure(.unreachable, reason) }
      if pauses.isFirst { output.tell("\(reason); trying again") }
      tail.beginAgain()
      // Nothing cancels the task of the command.
      try? await Task.sleep(for: pause)
    }
  }
}

/// The pauses between attempts to connect: they double from a quarter of a second to five seconds.
struct RetryPauses {
  private static let first = Duration.milliseconds(250)
  private static let longest = Duration.seconds(5)

  private let limit: Duration
  private var pause = first
  private var sum = Duration.zero
  private var count = 0

  /// - Parameter limit: The time after which there is no further attempt.
  init(within limit: Duration) {
    self.limit = limit
  }

  /// Whether an attempt failed since the last success.
  var wereNeeded: Bool { count > 0 }

  /// Whether the last pause was the first one since the last success.
  var isFirst: Bool { count == 1 }

  /// Returns the next pause; nil when the time is over.
  mutating func next() -> Duration? {
    guard sum < limit else { return nil }
    defer { pause = min(pause * 2, Self.longest) }
    sum += pause
    count += 1
    return pause
  }

  /// Begins again after a success.
  mutating func reset() { self = RetryPauses(within: limit) }
}
