import ClientLib
import Foundation
import Logging
import Synchronization

/// Work of one producer's program until it is killed or everything is settled.
struct WorkerProcess {
  let recipe: BatchRecipe
  let endpoints: [Endpoint]
  let journalPath: String
  /// Mean events per second over the whole run, including the times in which the worker did not run.
  let rate: Int
  /// Beginning of the run, in nanoseconds of the machine's monotonic clock.
  let start: Int64
  /// File whose existence ends the publishing of new batches.
  let stopFile: String

  /// Publishes the batches for which earlier incarnations received no answer, and then new batches until the
  /// stop file exists. Returns when everything is committed.
  func run() async throws {
    let model = WorkerModel(worker: recipe.worker, Journal.read(journalPath, worker: recipe.worker))
    let incarnation = model.producers.count
    let journal = try Journal(journalPath)
    let identity = Producer.Identity.random()
    try journal.append(.begins(incarnation: incarnation, producer: "\(identity)"))
    let producer = try await connect(identity, incarnation, journal)
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await report(producer, incarnation, journal) }
      try await withThrowingDiscardingTaskGroup { answers in
        for ordinal in model.unsettled {
          try await publish(ordinal, incarnation, producer, journal, &answers)
        }
        try await publishNew(after: model, incarnation, producer, journal, &answers)
      }
      group.cancelAll()
    }
    try await producer.close(deadline: .seconds(120))
    try journal.append(statistics(of: producer, incarnation))
  }

  private func publishNew(
    after model: WorkerModel, _ incarnation: Int, _ producer: Producer, _ journal: Journal,
    _ answers: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    var ordinal = model.next
    var events = model.ordinals.reduce(0) { $0 + recipe.size(of: $1).events }
    while access(stopFile, F_OK) != 0 {
      let due = start + Int64(events) * 1_000_000_000 / Int64(rate)
      let early = due - Clock.nanoseconds
      if early > 0 { try await Task.sleep(nanoseconds: UInt64(min(early, 50_000_000))) }
      guard early <= 50_000_000 else { continue }
      try await publish(ordinal, incarnation, producer, journal, &answers)
      events += recipe.size(of: ordinal).events
      ordinal += 1
    }
  }

  private func publish(
    _ ordinal: Int, _ incarnation: Int, _ producer: Producer, _ journal: Journal,
    _ answers: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let publication = Publication(worker: recipe.worker, incarnation: incarnation, ordinal: ordinal)
    var batch = EventBatch(events: 4_000, bytes: 8 << 20)
    try EventText.fill(&batch, publication, recipe.items(of: ordinal), at: .now)
    try journal.append(.sends(publication))
    let receipt: Receipt
    do throws(ProducerError) {
      receipt = try await producer.publish(batch)
    } catch {
      try journal.append(.fails(publication, "publish: \(error)"))
      throw error
    }
    answers.addTask { try await settle(receipt, publication, journal) }
  }

  private func settle(_ receipt: Receipt, _ publication: Publication, _ journal: Journal) async throws {
    let counts: ClientLib.Counts
    do throws(ProducerError) {
      counts = try await receipt.committed()
    } catch {
      try journal.append(.fails(publication, "committed: \(error)"))
      throw error
    }
    try journal.append(.told(publication, Told(counts)))
  }

  private func connect(
    _ identity: Producer.Identity, _ incarnation: Int, _ journal: Journal
  ) async throws -> Producer {
    var configuration = Producer.Configuration()
    configuration.identity = identity
    configuration.name = "torture-\(recipe.worker)"
    configuration.shortestPause = .milliseconds(20)
    configuration.longestPause = .seconds(1)
    configuration.connectTimeout = .seconds(120)
    configuration.attemptTimeout = .seconds(2)
    configuration.outboxBatches = 64
    configuration.onNotice = { notice in
      guard [.identityRenewed, .lineageLoss].contains(notice.kind) else { return }
      try? journal.append(.notice(incarnation: incarnation, at: Clock.nanoseconds, "\(notice)"))
    }
    return try await Producer.connect(
      to: endpoints, configuration: configuration, logger: Logger(label: "torture.worker"))
  }

  private func report(_ producer: Producer, _ incarnation: Int, _ journal: Journal) async throws {
    while !Task.isCancelled {
      // The task is cancelled when everything is settled. Then the sleep ends early.
      try? await Task.sleep(for: .milliseconds(500))
      try journal.append(statistics(of: producer, incarnation))
    }
  }

  private func statistics(of producer: Producer, _ incarnation: Int) -> Journal.Entry {
    let statistics = producer.statistics
    return .statistics(
      incarnation: incarnation, reconnects: statistics.reconnects, resent: statistics.resent)
  }
}

extension Told {
  fileprivate init(_ counts: ClientLib.Counts) {
    self.init(received: counts.received, counts: nil, isReplay: counts.isReplay, at: Clock.nanoseconds)
    if let unique = counts.unique, let duplicate = counts.duplicate, let dead = counts.dead {
      self.counts = Counts(unique: unique, duplicate: duplicate, dead: dead)
    }
  }
}
