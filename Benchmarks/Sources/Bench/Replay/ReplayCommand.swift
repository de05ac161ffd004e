import ArgumentParser

/// Sends ready-made frames, so that the server alone is measured, and prints the rate.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "replay")

  @Option(help: "The server's port on this machine.")
  var port: UInt16

  @Option(help: "Connections, each with its own producer.")
  var connections = 4

  @OptionGroup var workload: Workload

  private struct Ready: Encodable {
    let connections: Int
  }

  private struct Result: Encodable {
    let events: Int
    let unique: Int
    /// Seconds from the first frame to the last ACK of each kind.
    let acceptedSeconds: Double
    let committedSeconds: Double
    let wireBytes: Int
  }

  func run() throws {
    let frames = try ReadyFrame.make(workload, connections: connections)
    let set = try ConnectionSet(port: port, frames: frames)
    try set.welcome()
    try printLine(Ready(connections: connections))
    // The parent process reads the server's clocks meanwhile, and then sends a line.
    _ = readLine()

    let start = ContinuousClock.now
    var accepted: ContinuousClock.Instant?
    try set.startPublishing()
    let events = Int(workload.events)
    try set.run {
      if accepted == nil, set.progress.accepted >= events { accepted = .now }
      return set.progress.committed >= events
    }
    let end = ContinuousClock.now
    try printLine(
      Result(
        events: events, unique: set.progress.unique,
        acceptedSeconds: ((accepted ?? end) - start) / .seconds(1),
        committedSeconds: (end - start) / .seconds(1),
        wireBytes: frames.reduce(0) { $0 + $1.reduce(0) { $0 + $1.bytes.count } }))
  }
}
