internal import Base
public import Ingest
public import Logging
public import StoreInterface
internal import Synchronization
public import WireProtocol

/// The store: a Postgres database with the schema of `spec/schema.md`, written by a few threads.
///
/// Lifecycle: `start` connects, migrates and starts the threads; batches arrive through the queue; after the
/// queue is closed, `stop` waits for the threads. A store is started once.
public final class PostgresStore: EventStore {
  private struct Threads {
    var writers: [WorkerThread] = []
    var registrar: WorkerThread?
    var maintenance: WorkerThread?
    var tableMaintenance: WorkerThread?
    var sign: WorkerThread?
    var server: ServerDescription?
    var connected: @Sendable () -> Set<ProducerID> = { [] }
  }

  /// Time that a stop waits for a round of maintenance. After it, the lease of the round ends by itself.
  private static let longestRoundEnd = Duration.seconds(2)

  /// The counters of the database as the writers leave them.
  public let counters = StoreCounters()
  private let settings: StoreSettings
  private let queue: any GroupSource
  private let activity: IngestActivity
  private let logger: Logger
  private let health: IngestHealth
  private let availability = Availability()
  private let stopSignal = StopSignal()
  private let maintenanceStop = StopSignal()
  private let freed = FreedRanges()
  /// Number of this process, as the holder of leases and in the table of servers.
  private let processID = ProducerID.randomHolder()
  private let registrar: Registrar
  private let incarnations: Incarnations
  private let threads = Mutex(Threads())

  /// Creates a store that is not started yet.
  /// - Parameters:
  ///   - queue: where the writers take their groups from.
  ///   - activity: told of settled batches and of groups that run again.
  ///   - health: told of problems of writers and registrar.
  public init(
    settings: StoreSettings, queue: any GroupSource, activity: IngestActivity,
    health: IngestHealth = IngestHealth(), logger: Logger
  ) {
    precondition(settings.writers >= 1, "a store without writers commits nothing")
    self.settings = settings
    self.queue = queue
    self.activity = activity
    self.health = health
    self.logger = logger
    self.incarnations = Incarnations(logger: logger)
    self.registrar = Registrar(
      settings.connection, incarnations: incarnations, timeout: settings.registrationTimeout,
      availability: availability, adopts: settings.adoptsProducers,
      health: health, logger: logger)
  }

  /// Connects, waiting for a database that is still starting; brings the schema up to date; starts the
  /// writers and the registrar. A cancelled start ends at once, at any step.
  /// - Throws: `SchemaError`, one line for the person who starts the program.
  public func start() async throws(SchemaError) {
    _ = try await prepare()
    threads.withLock { threads in
      precondition(threads.writers.isEmpty, "a store is started once")
      let memory = DedupCache(capacity: settings.recentKeys)
      let firstShard = Int.random(in: 0..<Migration.counterShards)
      let conflicts = ConflictCounter()
      // The last one is for light producers.
      for index in 0...settings.writers {
        let shard = (firstShard + index) % Migration.counterShards
        let writerSettings = WriterSettings(
          connection: settings.connection, shard: shard, counters: counters, incarnations: incarnations,
          isolation: settings.isolation, limits: settings.group,
          share: index < settings.writers ? .all : .light, index: index, strategy: settings.strategy,
          memory: memory, conflicts: conflicts, detectsConflicts: settings.detectsConflicts,
          stagingAge: settings.stagingAge, turnTimeout: settings.turnTimeout, retries: settings.retries)
        threads.writers.append(startWriter(writerSettings))
      }
      threads.registrar = WorkerThread(name: "sluice-hello") { [registrar] in registrar.run() }
      threads.maintenance = startMaintenance(connected: threads.connected)
      if let server = threads.server { threads.sign = startSign(server) }
      threads.tableMaintenance = WorkerThread(
        name: "sluice-vacuum"
      ) { [settings, freed, maintenanceStop, logger] in
        TableMaintenance(settings.connection, freed: freed, stop: maintenanceStop, logger: logger).run()
      }
    }
  }

  /// Connects, waiting for a database that is still starting, and brings the schema up to date; starts no
  /// threads.
  /// - Parameter movesEvents: Whether to move the table `events` to the workers of Citus or back, as the settings say.
  /// - Throws: `SchemaError`, one line for the person who starts the program.
  public func migrate(movesEvents: Bool = false) async throws(SchemaError) {
    _ = try await prepare(movesEvents: movesEvents)
  }

  /// Sets a function that returns which producers have a connection to this server. Maintenance calls it in
  /// each round, and notes these producers as seen, so that they are not forgotten however long they send
  /// nothing. Must be called before `start`.
  public func watch(connected producers: @escaping @Sendable () -> Set<ProducerID>) {
    threads.withLock { threads in
      precondition(threads.maintenance == nil, "maintenance has not begun")
      threads.connected = producers
    }
  }

  /// Sets what the table of servers says of this one; without it this server is not listed. Must be called before
  /// `start`.
  public func announce(_ server: ServerDescription) {
    threads.withLock { threads in
      precondition(threads.maintenance == nil, "the store has not started")
      threads.server = server
    }
  }

  /// Ends the writers, after the queue was closed. Waits until all batches in the queue are settled.
  /// - Parameter limit: longest time to wait.
  /// - Returns: Number of accepted batches that are not settled; 0 when the drain is complete.
  public func stop(within limit: Duration) async -> Int {
    registrar.close()
    maintenanceStop.set()
    precondition(limit >= .zero, "a time that is left")
    let (writers, maintenance, sign) = threads.withLock { ($0.writers, $0.maintenance, $0.sign) }
    let deadline = ContinuousClock.now + limit
    await WorkerThread.run(named: "sluice-stop") { [stopSignal] in
      for writer in writers where !writer.join(timeout: ContinuousClock.now.duration(to: deadline)) {
        // The time is over: writers that wait for the database give up; a writer that runs a statement ends
        // after it.
        stopSignal.set()
      }
      // A round that ends by itself gives its lease back, and the server takes itself off the list.
      for thread in [maintenance, sign] {
        let left = max(.zero, ContinuousClock.now.duration(to: deadline))
        _ = thread?.join(timeout: min(Self.longestRoundEnd, left))
      }
    }
    return queue.abandonedCount
  }

  /// Registers a producer's session on the registrar's connection.
  public func register(
    _ registration: ProducerRegistration,
    completion: @escaping @Sendable (Result<RegistrationGrant, RegistrationError>) -> Void
  ) {
    registrar.register(registration, completion: completion)
  }

  /// Newest database that a writer or the registrar found.
  public var incarnation: StoreIncarnation { incarnations.current }

  /// Instant since which at least one writer or the registrar cannot use the database; nil while all can.
  public var unavailableSince: ContinuousClock.Instant? { availability.unavailableSince }

  private func prepare(movesEvents: Bool = false) async throws(SchemaError) -> StoreIdentity {
    let preparation = StorePreparation(settings: settings, logger: logger, movesEvents: movesEvents)
    return try await WorkerThread.runUnlessCancelled(
      named: "sluice-start", cancelled: Result<StoreIdentity, SchemaError>.failure(.interrupted)
    ) { stop in
      Result { () throws(SchemaError) in try preparation.run(until: stop) }
    }.get()
  }

  private func startMaintenance(connected: @escaping @Sendable () -> Set<ProducerID>) -> WorkerThread {
    WorkerThread(
      name: "sluice-maintain"
    ) { [settings, activity, health, freed, processID, maintenanceStop, logger] in
      Maintenance(
        settings.connection, settings.maintenance, activity: activity, health: health, freed: freed,
        holder: processID, stop: maintenanceStop, connected: connected, logger: logger
      ).run()
    }
  }

  private func startSign(_ server: ServerDescription) -> WorkerThread {
    WorkerThread(name: "sluice-servers") { [settings, processID, maintenanceStop, logger] in
      ServerSign(settings.connection, id: processID, server, stop: maintenanceStop, logger: logger).run()
    }
  }

  private func startWriter(_ writerSettings: WriterSettings) -> WorkerThread {
    WorkerThread(
      name: "sluice-writer-\(writerSettings.index)"
    ) { [queue, activity, health, stopSignal, availability, logger] in
      Writer(
        writerSettings, queue: queue, activity: activity, health: health, stop: stopSignal,
        availability: availability, logger: logger
      ).run()
    }
  }
}
