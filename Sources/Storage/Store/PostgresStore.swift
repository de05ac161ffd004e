public import Ingest
public import Logging
internal import Synchronization
internal import WireProtocol

/// The store: a Postgres database with the schema of `spec/schema.md`, written by a few threads.
///
/// Life: `start` connects, migrates and starts the threads; batches arrive through the queue; after
/// the queue is closed, `stop` waits for them. A store is started once.
public final class PostgresStore: EventStore {
  private struct Threads {
    var writers: [WorkerThread] = []
    var registrar: WorkerThread?
    var maintenance: WorkerThread?
    var upkeep: WorkerThread?
  }

  private let settings: StoreSettings
  private let queue: BatchQueue
  private let activity: IngestActivity
  private let logger: Logger
  private let availability = Availability()
  private let stopSignal = StopSignal()
  private let maintenanceStop = StopSignal()
  private let registrar: Registrar
  private let threads = Mutex(Threads())

  /// A store that is not started yet.
  /// - Parameters:
  ///   - queue: where its writers take their groups from.
  ///   - activity: told of settled batches and of groups that run again.
  public init(
    settings: StoreSettings, queue: BatchQueue, activity: IngestActivity, logger: Logger
  ) {
    precondition(settings.writers >= 1, "a store without writers commits nothing")
    self.settings = settings
    self.queue = queue
    self.activity = activity
    self.logger = logger
    self.registrar = Registrar(
      settings.connection, patience: settings.registrationPatience, availability: availability,
      logger: logger)
  }

  /// Connects, waiting for a database that is still starting; brings the schema up to date; starts the
  /// writers and the registrar.
  /// - Throws: `SchemaError`, one line for the one who starts the program.
  public func start() async throws(SchemaError) {
    let identity = try await prepare()
    threads.withLock { threads in
      precondition(threads.writers.isEmpty, "a store is started once")
      let memory = RecentKeys(
        capacity: identity.durability.synchronousCommit == .off ? 0 : settings.recentKeys)
      let firstShard = Int.random(in: 0..<Migration.counterShards)
      for index in 0..<settings.writers {
        let shard = (firstShard + index) % Migration.counterShards
        let writerSettings = WriterSettings(
          connection: settings.connection, shard: shard, payloadType: identity.payloadType,
          isolation: settings.isolation, limits: settings.group, index: index, way: settings.way,
          memory: memory, detectsConflicts: settings.detectsConflicts, retries: settings.retries)
        threads.writers.append(startWriter(writerSettings))
      }
      threads.registrar = WorkerThread(name: "sluice-hello") { [registrar] in registrar.run() }
      threads.maintenance = startMaintenance()
      threads.upkeep = WorkerThread(
        name: "sluice-upkeep"
      ) { [settings, maintenanceStop, logger] in
        EventUpkeep(settings.connection, stop: maintenanceStop, logger: logger).run()
      }
    }
  }

  /// Connects, waiting for a database that is still starting, and brings the schema up to date; starts
  /// nothing.
  /// - Throws: `SchemaError`, one line for the one who starts the program.
  public func migrate() async throws(SchemaError) {
    _ = try await prepare()
  }

  /// Ends the writers, after the queue was closed: waits until all it held is settled.
  /// - Parameter limit: how long to wait.
  /// - Returns: How many accepted batches are not settled, 0 when the drain is complete.
  public func stop(within limit: Duration) async -> Int {
    registrar.close()
    maintenanceStop.set()
    let writers = threads.withLock { $0.writers }
    let deadline = ContinuousClock.now + limit
    await WorkerThread.run(named: "sluice-stop") { [stopSignal] in
      for writer in writers where !writer.join(timeout: ContinuousClock.now.duration(to: deadline)) {
        // Out of time: writers that wait for the database give up; one in a statement ends with it.
        stopSignal.set()
      }
    }
    return queue.abandonedCount
  }

  /// Registers a producer's session on the registrar's connection.
  public func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<ProducerSession, RegistrationError>) -> Void
  ) {
    registrar.register(registration, completion: completion)
  }

  /// Since when no writer or registrar can reach the database.
  public var awaySince: ContinuousClock.Instant? { availability.awaySince }

  private func prepare() async throws(SchemaError) -> StoreIdentity {
    let preparation = StorePreparation(settings: settings, logger: logger)
    return try await WorkerThread.run(named: "sluice-start") {
      Result { () throws(SchemaError) in try preparation.run() }
    }.get()
  }

  private func startMaintenance() -> WorkerThread {
    WorkerThread(
      name: "sluice-maintain"
    ) { [settings, activity, maintenanceStop, logger] in
      Maintenance(
        settings.connection, settings.maintenance, activity: activity, stop: maintenanceStop,
        logger: logger
      ).run()
    }
  }

  private func startWriter(_ writerSettings: WriterSettings) -> WorkerThread {
    WorkerThread(
      name: "sluice-writer-\(writerSettings.index)"
    ) { [queue, activity, stopSignal, availability, logger] in
      Writer(
        writerSettings, queue: queue, activity: activity, stop: stopSignal, availability: availability,
        logger: logger
      ).run()
    }
  }
}
