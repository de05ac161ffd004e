import ArgumentParser

/// Writes events into a file of rows, for programs that do not speak the wire protocol.
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "events")

  @OptionGroup var workload: Workload

  @Argument(help: "The file to write.")
  var file: String

  private struct Result: Encodable {
    let events: UInt64
    let unique: UInt64
  }

  func run() throws {
    let output = try RowFile(file)
    try workload.forEachBatch { columns, _ in try output.append(columns) }
    try output.close()
    try printLine(Result(events: workload.events, unique: workload.unique))
  }
}
