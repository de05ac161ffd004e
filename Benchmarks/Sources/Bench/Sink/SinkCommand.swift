import ArgumentParser
import Foundation
import Ingest
import Logging
import SocketIO
import TCPIngest
import WireProtocol

/// Runs the TCP side of the daemon, with the daemon's default settings, over a store that keeps nothing.
struct SinkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "sink")

  @Option(help: "Threads that serve sockets.")
  var loops = 2

  @Option(help: "Maximum number of connections.")
  var connections = 10_000

  private struct Ready: Encodable {
    let port: UInt16
  }

  func run() throws {
    let logger = Logger(label: "sink") { _ in SwiftLogNoOpLogHandler() }
    let queue = BatchQueue(limits: .standard)
    let activity = IngestActivity()
    let store = NullStore()
    let services = IngestServices(
      store: store, queue: queue, memory: MemoryBudget(limit: 96 << 20),
      validator: ColumnValidator(limits: .standard), activity: activity, logger: logger)
    let configuration = IngestServerConfiguration(
      address: try SocketAddress(ip: "127.0.0.1", port: 0), connections: connections)
    let server = try IngestServer(
      configuration, services: services, loops: EventLoops(count: loops, name: "sink"))
    Thread.detachNewThread { store.settleEverything(in: queue, activity) }
    server.start()
    try printLine(Ready(port: server.address.port))
    // Runs until it is killed.
    while true { sleep(3_600) }
  }
}
