internal import EventMapping
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Ingest
public import Logging
import NIOCore
public import ServiceLifecycle
public import StoreInterface
public import WireProtocol

/// The HTTP server as a service. `run` listens until graceful shutdown, lets open requests finish, and
/// returns.
public struct AdminServer: Service {
  private let settings: AdminSettings
  private let routes: RouteTable
  private let logger: Logger
  private let broadcaster: TailBroadcaster?
  private let answers = AnswerCounts()
  private let connections: ConnectionServices
  private let onListening: @Sendable (Int) -> Void

  /// Creates a server that answers from `queries`; it does not listen yet.
  /// - Parameters:
  ///   - settings: The address and the bounds.
  ///   - queries: Reads events and counters from the store.
  ///   - status: Returns a snapshot of this process. Called for each request that shows it; must not block.
  ///   - producers: Returns the activity of the given producers that this process knows. Called for each
  ///     request that shows it; must not block.
  ///   - connected: Returns the producers that are connected to this process; must not block.
  ///   - tail: The source of the live tail; nil for a server without `/events/stream`.
  ///   - purge: Deletes events; nil for a server without `DELETE /events`.
  ///   - dead: Reads and marks dead events; nil for a server without `/dead/{dead_id}/republish`, which also needs
  ///     `publishing`.
  ///   - history: Returns the history of this process after a time in microseconds since 1970, or all of it; nil for
  ///     a server without `/history`. Must not block.
  ///   - publishing: The parts of ingest that `/publish` uses; nil for a server without it.
  ///   - access: The parts that know who may use the server; nil lets everybody use all of it.
  ///   - remaining: Returns the time that is left for stopping. Called once for each open connection when the
  ///     shutdown begins.
  ///   - logger: Logs requests that fail.
  ///   - onListening: Called once with the bound port, when the server accepts connections.
  public init(
    settings: AdminSettings, queries: any EventQueries, status: @escaping @Sendable () -> ServerStatus,
    producers: @escaping @Sendable (Set<ProducerID>) -> [ProducerID: ProducerActivity] = { _ in [:] },
    connected: @escaping @Sendable () -> Set<ProducerID> = { [] },
    tail: (any EventTail)? = nil, purge: (any EventPurge)? = nil, dead: (any DeadEventStore)? = nil,
    history: (@Sendable (_ since: Int64?) -> [HistorySeries])? = nil, publishing: PublishServices? = nil,
    access: AccessServices? = nil,
    remaining: @escaping @Sendable () -> Duration = { .seconds(20) }, logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.settings = settings
    self.logger = logger
    self.onListening = onListening
    connections = ConnectionServices(
      register: ConnectionRegister(places: settings.connections),
      bodies: BodyMemory(limit: settings.bodyMemory),
      times: ConnectionTimes(
        receive: TimeAmount(settings.receiveTime), idle: TimeAmount(settings.idleTime)),
      answers: answers, remaining: remaining, isEncrypted: settings.encryption != nil)
    let version = settings.version
    let sign = DatabaseSign(queries)
    let publishers = HTTPPublishers()
    let pages = MemoryBudget(limit: settings.pageMemory)
    let limit = SubscriberLimit(places: settings.tail.subscribers)
    let gatekeeper = access.map {
      Gatekeeper($0, isEncrypted: settings.isEncrypted, encryption: settings.encryption)
    }
    var routes: [any Route] = [
      EventsRoute(
        queries: queries, memory: pages,
        defaultLayout: settings.compatibility.hasBareArrays ? .array : .object),
      EventRoute(queries: queries, memory: pages),
      CountsRoute(queries: queries),
      TopicsRoute(queries: queries),
      DeadEventsRoute(queries: queries, memory: pages),
      ProducersRoute(
        queries: queries, connected: connected, activity: producers, principals: access,
        publishers: publishers),
      AuditRoute(queries: queries),
      StatsRoute(version: version, queries: queries, status: status),
      MetricsRoute(
        version: version, queries: queries, status: status, answers: answers, limit: limit),
      HealthRoute(version: version, sign: sign, status: status),
      LivenessRoute(),
      ReadinessRoute(sign: sign, status: status),
      OpenAPIRoute(document: OpenAPIDocument(version: version)),
      PageRoute.docs,
      PageRoute.explore,
      AssetRoute(),
    ]
    if let purge { routes.append(DeleteEventsRoute(purge: purge)) }
    if let history { routes.append(HistoryRoute(status: status, series: history)) }
    broadcaster = tail.map { TailBroadcaster($0, settings.tail) }
    if let tail, let broadcaster {
      routes.append(
        EventStreamRoute(tail: tail, broadcaster: broadcaster, limit: limit, settings: settings.tail))
    }
    if let publishing {
      let bodies = BodyReader(
        limit: settings.bodyBytes, timeout: settings.requestTime, readers: ReaderThreads(),
        memory: connections.bodies)
      let publisher = BatchPublisher(
        publishing, timeout: settings.requestTime, publishers: publishers)
      routes += PublishRoute.all(
        publishing, publisher: publisher, bodies: bodies, gatekeeper: gatekeeper,
        isPartial: settings.publishesPartially,
        committed: settings.compatibility.answersAccepted ? .accepted : .ok)
      if let dead {
        routes.append(
          RepublishRoute(
            dead: dead, queries: queries, services: publishing, publisher: publisher, bodies: bodies,
            gatekeeper: gatekeeper))
      }
      routes += Self.insertRoutes(
        InsertRequests(
          publishing, publisher: publisher, bodies: bodies, gatekeeper: gatekeeper, queries: queries),
        limits: publishing.eventLimits, mappings: settings.mappings)
    }
    self.routes = RouteTable(
      [RootRoute(version: version, endpoints: routes)] + routes, origins: settings.origins,
      answers: answers, gatekeeper: gatekeeper, log: access?.log, isEncrypted: settings.encryption != nil,
      pages: .all)
  }

  /// The routes for the formats of other programs.
  private static func insertRoutes(
    _ requests: InsertRequests, limits: EventLimits, mappings: [String: MappingText]
  ) -> [any Route] {
    [JSONLinesRoute(requests, limits: limits, mappings: mappings)] + BulkRoute.all(requests)
      + ElasticsearchProbeRoute.all()
      + [LogsRoute(requests), LokiRoute(requests), CloudEventsRoute(requests)] + UnsupportedSignalRoute.all()
  }

  /// All routes.
  var routeList: [any Route] { routes.routes }

  /// Listens and answers until graceful shutdown.
  /// - Throws: `AdminAddressError` when the server cannot listen at its address.
  public func run() async throws {
    do {
      try await withGracefulShutdownHandler {
        try await makeApplication().run()
      } onGracefulShutdown: {
        // A stream does not end by itself, and the shutdown waits for open requests.
        Task { await broadcaster?.close() }
      }
    } catch let error as IOError {
      throw AdminAddressError(
        host: settings.host, port: settings.port, reason: String(cString: strerror(error.errnoCode)))
    } catch is SocketAddressError.UnknownHost {
      throw AdminAddressError(host: settings.host, port: settings.port, reason: "the name has no address")
    }
  }

  /// Returns the Hummingbird application; tests run it with their own client.
  func makeApplication() -> some ApplicationProtocol {
    Application(
      responder: routes.makeResponder(),
      server: serverBuilder,
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port)),
      onServerRunning: { [onListening, connections, logger] channel in
        // `submit` fails only when the listener is closed already.
        try? await channel.eventLoop.submit {
          let handler = AcceptHandler(register: connections.register, logger: logger)
          try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
        if let port = channel.localAddress?.port { onListening(port) }
      },
      logger: logger)
  }

  private var serverBuilder: HTTPServerBuilder {
    guard let encryption = settings.encryption else { return .http1(configuration: channelConfiguration) }
    let head = HTTP2Head(bodyBytes: settings.bodyBytes, hosts: hosts)
    return HTTPServerBuilder { [channelConfiguration, connections, settings] responder in
      EncryptedChannel(
        encryption: encryption, services: connections,
        http1: HTTP1Channel(responder: responder, configuration: channelConfiguration), http2: head,
        headerBytes: settings.headerBytes, stalledTime: TimeAmount(settings.requestTime))
    }
  }

  private var hosts: HostNames? { HostNames(listeningOn: settings.host, names: settings.hosts) }

  private var channelConfiguration: HTTP1Channel.Configuration {
    let framing = RequestFraming(
      headBytes: settings.headerBytes, bodyBytes: settings.bodyBytes,
      hosts: hosts)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionHandler(connections, framing: framing),
        StalledWriteHandler(timeout: TimeAmount(settings.requestTime)),
      ],
      // Hummingbird's own idle timeout would close a connection without an answer.
      idleTimeout: nil,
      httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: settings.headerBytes, maxHeaderListSize: settings.headerBytes,
        maxHeaderFieldCount: 100))
  }
}

/// Error of a start that cannot listen at the configured HTTP address.
public struct AdminAddressError: Error, Hashable, CustomStringConvertible {
  /// One line for people: the address, the reason and the keys to check.
  public let description: String

  init(host: String, port: Int, reason: String) {
    description =
      "cannot listen for HTTP on \(host):\(port): \(reason); check http.host and http.port"
  }
}
