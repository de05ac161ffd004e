import ArgumentParser
import ClientLib
import CommandSupport

/// Options for servers and connections.
struct TargetOptions: ParsableArguments {
  @Option(help: "The server's host.")
  var host = "127.0.0.1"

  @Option(help: "The server's ingest port.")
  var port: UInt16 = 7171

  @Option(
    name: .customLong("endpoint"),
    help: ArgumentHelp(
      "A server, instead of --host and --port; repeat it for several.", valueName: "host:port"),
    transform: TargetOptions.endpoint)
  var named: [Endpoint] = []

  @Option(
    help: ArgumentHelp(
      "Send each event to the server that its key names, so that duplicates meet on one server; needs two "
        + "endpoints or more.", valueName: "keys"))
  var spread: Spread?

  @Option(
    help: "Connections, each a producer of its own. With --spread each has a connection to every server.")
  var connections = 1

  @Option(
    name: .customLong("producer-id"),
    help: ArgumentHelp(
      "The producer's UUID instead of a random one; with one connection only.", valueName: "uuid"),
    transform: TargetOptions.identity)
  var producerID: Producer.Identity?

  @Option(
    help: ArgumentHelp(
      "The producer's name in the server's list of producers; with several connections its number follows.",
      valueName: "text"))
  var name = "sluice-publish"

  @Option(help: ArgumentHelp("How long to wait for a server that is starting.", valueName: "duration"))
  var wait = DurationArgument(milliseconds: 10_000)

  @Option(
    name: .customLong("stop-wait"),
    help: ArgumentHelp(
      "How long an interrupted run waits until what it sent is committed.", valueName: "duration"))
  var stopWait = DurationArgument(milliseconds: 30_000)

  /// Endpoints of the servers.
  var endpoints: [Endpoint] { named.isEmpty ? [Endpoint(host: host, port: port)] : named }

  func validate() throws {
    guard (1...1_024).contains(connections) else { throw ValidationError("--connections takes 1 to 1024.") }
    guard producerID == nil || connections == 1 else {
      throw ValidationError("--producer-id needs --connections 1: each connection is a producer of its own.")
    }
    guard spread == nil || Set(named).count > 1 else {
      throw ValidationError("--spread needs two different --endpoint or more.")
    }
    guard producerID == nil || spread == nil else {
      throw ValidationError("--producer-id does not go with --spread: each server has a producer of its own.")
    }
    guard (1...200).contains(name.utf8.count) else { throw ValidationError("--name takes 1 to 200 bytes.") }
    guard port > 0 else { throw ValidationError("--port takes 1 to 65535.") }
  }

  private static func endpoint(_ text: String) throws -> Endpoint {
    guard let endpoint = Endpoint(text) else {
      throw ValidationError("\"\(text)\" is not host:port, 1.2.3.4:port or [IPv6]:port.")
    }
    return endpoint
  }

  private static func identity(_ text: String) throws -> Producer.Identity {
    guard let identity = Producer.Identity(text) else { throw ValidationError("\"\(text)\" is not a UUID.") }
    return identity
  }
}

extension TargetOptions {
  /// The parts of an event that choose its server.
  enum Spread: String, ExpressibleByArgument {
    /// The key: topic and event id.
    case keys
  }
}
