public import DaemonConfiguration
public import HTTPAdmin
public import SocketIO
public import Storage
public import TCPIngest
internal import WireProtocol

/// The settings as each part wants them.
extension DaemonSettings {
  /// How the store over `connection` works.
  public func storeSettings(at connection: ConnectionSettings) -> StoreSettings {
    var store = StoreSettings(connection: connection)
    store.writers = writers
    store.group = group
    store.recentKeys = recentKeys
    store.way =
      switch writerWay {
      case .auto: .auto
      case .straight: .straight
      case .probe: .probe
      case .staged: .staged
      }
    store.maintenance = maintenanceSettings
    store.detectsConflicts = database.detectsConflicts
    store.isolation =
      switch database.isolation {
      case .readCommitted: .readCommitted
      case .serializable: .serializable
      }
    store.schema = SchemaOptions(payloadType: payloadType, eventIndex: eventIndex)
    return store
  }

  /// What maintenance keeps.
  public var maintenanceSettings: MaintenanceSettings {
    var maintenance = MaintenanceSettings()
    maintenance.ledgerKeep = retention.ledger
    maintenance.producersKeep = retention.producers
    maintenance.eventsKeep = retention.events
    maintenance.deadEventsKeep = retention.deadEvents
    return maintenance
  }

  private var payloadType: PayloadType {
    switch database.payloadType {
    case .json: .json
    case .jsonb: .jsonb
    }
  }

  private var eventIndex: EventIndex {
    switch database.eventsIndex {
    case .spans: .spans
    case .btree: .btree
    case .none: .none
    }
  }

  /// How producers' connections are served.
  /// - Throws: `SocketError` when `tcp.host` has no address. Blocks while a name is resolved.
  public func ingestServerConfiguration() throws(SocketError) -> IngestServerConfiguration {
    precondition((0...65_535).contains(tcp.port), "settings made by hand must be in their ranges, too")
    let endpoint = Endpoint(host: tcp.host, port: UInt16(tcp.port))
    guard let address = try endpoint.resolveBlocking().first else {
      throw SocketError(.resolve, endpoint.description, reason: "it has no address")
    }
    return IngestServerConfiguration(
      address: address, connections: limits.connections,
      limits: ConnectionLimits(
        batch: limits.batch, event: limits.event, span: UInt32(limits.span),
        heartbeat: timeouts.heartbeat, silence: timeouts.dead),
      credit: Credit(batches: UInt64(limits.creditBatches), bytes: UInt64(limits.creditBytes)),
      handshake: timeouts.handshake, bodyProgress: timeouts.frame)
  }

  /// How the HTTP side works.
  public var adminSettings: AdminSettings {
    var admin = AdminSettings(
      host: http.host, port: http.port, version: SluiceVersion.current,
      connections: httpLimits.connections, bodyBytes: httpLimits.bodyBytes,
      bodyMemory: httpLimits.bodyMemory, pageMemory: httpLimits.pageMemory)
    admin.origins = Set(origins)
    // Older positions may miss what was pruned: the ledger's times are those of the beginnings of transactions.
    admin.tail = TailSettings(
      poll: tail.poll, subscribers: tail.subscribers, bufferBytes: tail.buffer, oldest: retention.ledger / 2)
    return admin
  }

  /// How the HTTP side reads from the database.
  public var querySettings: QuerySettings {
    var queries = QuerySettings()
    queries.pageBytes = httpLimits.pageBytes
    return queries
  }
}
