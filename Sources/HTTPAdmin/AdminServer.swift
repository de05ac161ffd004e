import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Ingest
public import Logging
import NIOCore
public import ServiceLifecycle
public import WireProtocol

/// The HTTP side as a service: `run` listens until graceful shutdown, lets requests under way finish,
/// and returns.
public struct AdminServer: Service {
  private let settings: AdminSettings
  private let routes: RouteTable
  private let logger: Logger
  private let hub: TailHub?
  private let answers = AnswerCounts()
  private let onListening: @Sendable (Int) -> Void

  /// A server over `queries`.
  /// - Parameters:
  ///   - settings: Address and bounds.
  ///   - queries: Where events and counters come from.
  ///   - status: A snapshot of this process, taken for each request that shows it; must not block.
  ///   - producers: What this process knows of some producers, asked for each request that shows them; must
  ///     not block.
  ///   - tail: Where the live tail comes from; nil to have none.
  ///   - publishing: The parts of ingest that requests publish through; nil to take no events over HTTP.
  ///   - logger: Gets failed requests.
  ///   - onListening: Told the bound port once, when requests are answered.
  public init(
    settings: AdminSettings, queries: any EventQueries, status: @escaping @Sendable () -> ServerStatus,
    producers: @escaping @Sendable (Set<ProducerID>) -> [ProducerID: ProducerActivity] = { _ in [:] },
    tail: (any EventTail)? = nil, publishing: PublishServices? = nil, logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.settings = settings
    self.logger = logger
    self.onListening = onListening
    let version = settings.version
    let pages = MemoryBudget(limit: settings.pageMemory)
    let turnstile = TailTurnstile(places: settings.tail.subscribers)
    var routes: [any Route] = [
      EventsRoute(queries: queries, memory: pages),
      EventRoute(queries: queries, memory: pages),
      TopicsRoute(queries: queries),
      DeadEventsRoute(queries: queries, memory: pages),
      ProducersRoute(queries: queries, activity: producers),
      AuditRoute(queries: queries),
      StatsRoute(version: version, queries: queries, status: status),
      MetricsRoute(
        version: version, queries: queries, status: status, answers: answers, turnstile: turnstile),
      HealthRoute(version: version, queries: queries, status: status),
      LivenessRoute(),
      ReadinessRoute(queries: queries, status: status),
      OpenAPIRoute(document: OpenAPIDocument(version: version)),
      DocsRoute(),
      AssetRoute(),
    ]
    hub = tail.map { TailHub($0, settings.tail) }
    if let tail, let hub {
      routes.append(
        EventStreamRoute(tail: tail, hub: hub, turnstile: turnstile, settings: settings.tail))
    }
    if let publishing {
      let bodies = BodyReader(
        limit: settings.bodyBytes, patience: settings.requestTime,
        memory: MemoryBudget(limit: settings.bodyMemory))
      let intake = PublishIntake(publishing, patience: settings.requestTime)
      routes += PublishRoute.all(publishing, intake: intake, bodies: bodies)
    }
    self.routes = RouteTable(
      [RootRoute(version: version, endpoints: routes)] + routes, origins: settings.origins,
      answers: answers)
  }

  /// Listens and answers until graceful shutdown.
  /// - Throws: `AdminAddressError` when the address can not be listened on.
  public func run() async throws {
    do {
      // Streams never end by themselves, and requests under way are waited for.
      try await withGracefulShutdownHandler {
        try await makeApplication().run()
      } onGracefulShutdown: {
        Task { await hub?.close() }
      }
    } catch let error as IOError {
      throw AdminAddressError(
        host: settings.host, port: settings.port, reason: String(cString: strerror(error.errnoCode)))
    } catch is SocketAddressError.UnknownHost {
      throw AdminAddressError(host: settings.host, port: settings.port, reason: "the name has no address")
    }
  }

  /// The Hummingbird application, for tests that bring their own client.
  func makeApplication() -> some ApplicationProtocol {
    Application(
      responder: routes.makeResponder(),
      server: .http1(configuration: channelConfiguration),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: .maximum(settings.connections, logger: logger)),
      onServerRunning: { [onListening] channel in
        if let port = channel.localAddress?.port { onListening(port) }
      },
      logger: logger)
  }

  private var channelConfiguration: HTTP1Channel.Configuration {
    HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ParseFailureHandler(answers: answers),
        StalledWriteHandler(patience: TimeAmount(settings.requestTime)),
      ],
      idleTimeout: TimeAmount(settings.idleTime),
      httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: settings.headerBytes, maxHeaderListSize: settings.headerBytes,
        maxHeaderFieldCount: 100))
  }
}
