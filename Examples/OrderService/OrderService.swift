import ClientLib
import Hummingbird
import Logging
import ServiceLifecycle
import SluiceLogHandler

/// A web service that takes orders, publishes an event for each, and sends its log lines as events.
///
/// | variable | meaning |
/// |---|---|
/// | `PORT` | port of the service, 8080 by default |
/// | `SLUICE` | servers of Sluice as `host:port`, with commas between them; `127.0.0.1:7171` by default |
/// | `SPOOL` | directory that keeps events while no server answers; in memory only without it |
@main
struct OrderService {
  /// The body of `POST /orders`.
  struct Order: Codable, Sendable {
    var customer: String
    var total: Double
  }

  /// The answer to `POST /orders`.
  struct Taken: ResponseEncodable {
    var id: String
  }

  static func main() async throws {
    let environment = Environment()
    let logs = LogPublisher()
    LoggingSystem.bootstrap { label in
      MultiplexLogHandler([
        StreamLogHandler.standardError(label: label), SluiceLogHandler(label: label, publisher: logs),
      ])
    }
    let producer = try await connect(environment)
    logs.start(producer)

    var application = Application(
      router: router(producer),
      configuration: ApplicationConfiguration(
        address: .hostname("127.0.0.1", port: environment.get("PORT", as: Int.self) ?? 8_080)),
      logger: Logger(label: "orders"))
    // They stop in the reverse order: first the server, then the log, and last the producer.
    application.addServices(producer, LogService(logs: logs))
    try await application.runService()
  }

  /// A producer that also starts while no server answers.
  static func connect(_ environment: Environment) async throws -> Producer {
    let servers = (environment.get("SLUICE") ?? "127.0.0.1:7171").split(separator: ",")
    var configuration = Producer.Configuration()
    configuration.name = "orders"
    configuration.startOffline = true
    if let directory = environment.get("SPOOL") { configuration.spool = Producer.Spool(directory: directory) }
    // Its lines are about lost connections, so they do not go through the producer.
    let logger = Logger(label: "sluice") { StreamLogHandler.standardError(label: $0) }
    return try await Producer.connect(
      to: servers.compactMap { Endpoint(String($0)) }, configuration: configuration, logger: logger)
  }

  static func router(_ producer: Producer) -> Router<BasicRequestContext> {
    let router = Router()
    router.get("/health") { _, _ in HTTPResponse.Status.ok }
    router.post("/orders") { request, context in
      let order = try await request.decode(as: Order.self, context: context)
      let id = EventID.rising()
      // Returns when the event is in the outbox; it is committed later, also after a restart of the server.
      try await producer.publish(topic: "orders.order.placed", id: id, payload: order)
      context.logger.info("order placed", metadata: ["order": "\(id)", "customer": "\(order.customer)"])
      return EditedResponse(status: .accepted, response: Taken(id: id))
    }
    return router
  }
}

/// Publishes the last log lines before the producer closes.
struct LogService: Service {
  let logs: LogPublisher

  func run() async throws {
    // A cancelled service closes the log, too, so that the last lines are not lost.
    try? await gracefulShutdown()
    await logs.close(deadline: .seconds(5))
  }
}
