import ArgumentParser

/// Keeps idle connections open until its standard input ends.
struct IdleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "idle")

  @Option(help: "The server's port on this machine.")
  var port: UInt16

  @Option(help: "Connections, each with its own producer.")
  var connections = 1_000

  private struct Ready: Encodable {
    let connections: Int
  }

  func run() throws {
    let set = try ConnectionSet(port: port, frames: Array(repeating: [], count: connections))
    try set.welcome()
    try printLine(Ready(connections: connections))
    _ = readLine()
  }
}
