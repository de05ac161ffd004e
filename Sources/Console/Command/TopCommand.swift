import ArgumentParser
import CommandSupport
import Foundation

/// `sluice top`: a live screen of a server.
struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show rates, latencies, the queue, writers, topics and producers as they change.",
    discussion: "Without a terminal, and with --json, the figures are printed one after another.")

  @Option(help: ArgumentHelp("The time between two readings.", valueName: "duration"))
  var interval = DurationArgument(milliseconds: 1_000)

  @Option(help: ArgumentHelp("End after this number of readings.", valueName: "number"))
  var count: Int?

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count takes 1 or more.") }
    guard interval.milliseconds >= 100 else { throw ValidationError("--interval takes 100ms or more.") }
  }

  func run() async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      if json.isOn { return try await printObjects(server, output) }
      output.isTerminal ? try await show(server, output) : try await printScreens(server, output)
    }
  }

  /// The size of a screen that is printed: every list is complete in practice.
  private static let printed = (width: 100, height: 60)

  private func printScreens(_ server: ServerClient, _ output: CommandOutput) async throws(CommandFailure) {
    var reader = TopReader(server)
    try await again { () async throws(CommandFailure) in
      let figures = try await reader.read()
      let screen = TopScreen(figures: figures, width: Self.printed.width, height: Self.printed.height)
      let lines = screen.lines.dropLast().map { $0.painted(output.paint) }
      try output.print(lines.joined(separator: "\n") + "\n")
    }
  }

  private func printObjects(_ server: ServerClient, _ output: CommandOutput) async throws(CommandFailure) {
    try await again { () async throws(CommandFailure) in
      try output.print(JSONText.line(try await server.json(RequestTarget("stats"))))
    }
  }

  private func again(
    _ step: () async throws(CommandFailure) -> Void
  ) async throws(CommandFailure) {
    var rest = count
    while true {
      let next = ContinuousClock.now + interval.duration
      try await step()
      rest = rest.map { $0 - 1 }
      if rest == 0 { return }
      // Nothing cancels the task of the command.
      try? await Task.sleep(until: next)
    }
  }

  private func show(_ server: ServerClient, _ output: CommandOutput) async throws(CommandFailure) {
    var reader = TopReader(server)
    // Before the screen is taken, so that a server that is away is told in one line.
    var figures = try await reader.read()
    let screen = TerminalScreen(output)
    let events = TopEvents()
    try screen.enter()
    defer { screen.leave() }
    try draw(figures, screen)
    events.read(with: reader, every: interval.duration)
    var readings = 0
    for await event in events.stream {
      switch event {
      case .read(.success(let new)):
        figures = new
        readings += 1
      case .read(.failure(let failure)):
        figures.problem = failure.description
        readings += 1
      case .key(UInt8(ascii: "q")), .key(UInt8(ascii: "Q")): return
      case .key, .resized: break
      case .signal(SIGTSTP):
        screen.leave()
        kill(getpid(), SIGSTOP)
        try screen.enter()
      case .signal(let number):
        screen.leave()
        TopEvents.end(by: number)
      }
      if count.map({ readings >= $0 }) ?? false { return }
      try draw(figures, screen)
    }
  }

  private func draw(_ figures: TopFigures, _ screen: TerminalScreen) throws(CommandFailure) {
    let (width, height) = screen.size
    try screen.draw(TopScreen(figures: figures, width: width, height: height).lines)
  }
}
