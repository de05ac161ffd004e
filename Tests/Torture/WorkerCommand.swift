import ArgumentParser
import ClientLib

/// The program of one producer, which the run starts.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Be one producer of a run.", shouldDisplay: false)

  @Option var seed: UInt64
  @Option var worker: Int
  @Option var rate: Int
  @Option var start: Int64
  @Option var journal: String
  @Option var stopFile: String
  @Option var port: [UInt16]

  func run() async throws {
    let process = WorkerProcess(
      recipe: BatchRecipe(seed: seed, worker: worker),
      endpoints: port.map { Endpoint(host: "127.0.0.1", port: $0) }, journalPath: journal, rate: rate,
      start: start, stopFile: stopFile)
    try await process.run()
  }
}
