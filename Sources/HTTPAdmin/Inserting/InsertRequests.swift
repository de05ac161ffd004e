import Hummingbird
import Ingest
import Principals
import StoreInterface
internal import TextFormats
import WireProtocol

/// The parts that all insert routes share: reads a request, publishes its batches, and says what became of them.
struct InsertRequests: Sendable {
  /// The events of a body.
  struct Reading<Value: Sendable>: Sendable {
    /// The result of the format's reader.
    let value: Value
    fileprivate let batches: [RequestBatch]
    /// Batches of a request without an idempotency key with dead events alone.
    fileprivate let rejected: [RequestBatch]
    /// The producer of these batches; nil without them.
    fileprivate let rejectedProducer: ProducerID?
    /// The number of events in these batches.
    fileprivate var rejectedCount: Int { rejected.reduce(0) { $0 + $1.columns.count } }
    /// The number of events, with those that cannot be stored.
    var count: Int { batches.reduce(rejectedCount) { $0 + $1.columns.count } }
    /// The number of events that cannot be stored.
    let dead: Int
    /// The reason of the first of them; nil without one.
    let firstReason: String?
    /// The first topic that is not permitted and in no columns; nil for none.
    fileprivate let forbiddenTopic: String?
  }

  /// The outcome of a request.
  struct Outcome<Value: Sendable>: Sendable {
    let reading: Reading<Value>
    /// The batches with their outcomes, without those of dead events alone.
    let batches: [SettledBatch]

    /// Whether an earlier request had stored a batch.
    var isRepetition: Bool { batches.contains(where: \.outcome.isRepetition) }

    /// The sum of a count over all batches; nil when the counts of one are not known any more.
    func sum(_ count: KeyPath<BatchCounts, UInt32>) -> Int? {
      var sum = count == \.dead ? reading.rejectedCount : 0
      for batch in batches {
        guard let counts = batch.outcome.counts else { return nil }
        sum += Int(counts[keyPath: count])
      }
      return sum
    }
  }

  private let services: PublishServices
  private let publisher: BatchPublisher
  private let bodies: BodyReader
  private let gatekeeper: Gatekeeper?
  let queries: any EventQueries

  init(
    _ services: PublishServices, publisher: BatchPublisher, bodies: BodyReader, gatekeeper: Gatekeeper?,
    queries: any EventQueries
  ) {
    self.services = services
    self.publisher = publisher
    self.bodies = bodies
    self.gatekeeper = gatekeeper
    self.queries = queries
  }

  /// How many times larger than a body the columns of its events may be.
  private static let expansion = 4

  /// Reads the events of `request`, and commits them.
  /// - Parameters:
  ///   - input: The route in the counts.
  ///   - read: Reads the body into the collector. Called on a thread for long computations.
  /// - Throws: 400 for a body that cannot be read, 403 for a topic that the sender may not publish, 413 for too many
  ///   events, 429 and 503 when the events cannot be accepted or are not committed in time.
  func insert<Value: Sendable>(
    _ request: Request, in context: AdminContext, by input: InputName,
    _ read: @escaping @Sendable (RawSpan, inout InsertCollector) throws(Problem) -> Value
  ) async throws -> Outcome<Value> {
    let key: IdempotencyKey? =
      if let value = request.headers[.idempotencyKey] { try IdempotencyKey(field: value) } else { nil }
    let quota = RequestQuota(context.login, services)
    try await quota?.wait(atMost: publisher.timeout)
    let (services, mostColumnBytes, owner) = (services, mostColumnBytes, context.owner)
    let rights = context.login?.principal.publishTopics ?? .all
    let reading = try await bodies.withBody(of: request, in: context) { bytes throws(Problem) in
      var collector = InsertCollector(
        batch: services.batchLimits, event: services.eventLimits, mostColumnBytes: mostColumnBytes,
        arrival: .now, memory: services.memory, rights: rights, hasKey: key != nil)
      let value = try read(bytes, &collector)
      let (batches, rejected) = collector.finish()
      guard !collector.isFull else { throw .tooManyInserts(limit: mostColumnBytes) }
      guard !collector.lacksMemory else { throw .queueFull }
      return Reading(
        value: value, batches: try Self.complete(batches, services.batchLimits),
        rejected: try Self.complete(rejected, services.batchLimits),
        rejectedProducer: rejected.isEmpty
          ? nil : InsertDigest.producer(ofDeadEvents: rejected.compactMap(\.digest), owner: owner),
        dead: collector.deadCount,
        firstReason: collector.firstReason, forbiddenTopic: collector.forbiddenTopic)
    }
    try checkTopics(of: reading, rights, in: context)
    var sender = RequestSender(of: request, in: context, key: key, quota: quota, input: input)
    if let producer = reading.rejectedProducer {
      // Before the others, so that nothing is stored when they are not accepted.
      _ = try await publisher.publish(reading.rejected, by: sender.ofDeadEvents(producer))
      sender.countsRequest = false
    }
    let settled = try await publisher.publish(reading.batches, by: sender)
    assert(settled.count == reading.batches.count, "an outcome for each batch")
    return Outcome(reading: reading, batches: settled)
  }

  /// Most bytes of the columns of a request: a few times the largest body, and at most half of `ingest.memory`, so that
  /// requests cannot keep it from the connections of producers.
  private var mostColumnBytes: Int {
    let largest = max(bodies.limit, services.batchLimits.rawBytes)
    return max(services.batchLimits.rawBytes, min(largest * Self.expansion, services.memory.limit / 2))
  }

  /// Returns the batches as they are published.
  private static func complete(
    _ batches: [InsertCollector.Batch], _ limits: BatchLimits
  ) throws(Problem) -> [RequestBatch] {
    let digests = InsertDigest.covering(batches.compactMap(\.digest))
    assert(digests.isEmpty || digests.count == batches.count, "either all batches have a digest or none")
    var complete: [RequestBatch] = []
    for (index, batch) in batches.enumerated() {
      guard let columns = try? EventColumns(batch.columns, limits: limits) else {
        assertionFailure("columns that were built within the limits must be valid")
        throw .internalFailure
      }
      let digest = digests.isEmpty ? Digest64.digest(of: batch.columns.span.bytes) : digests[index]
      complete.append(
        RequestBatch(columns, dead: batch.dead, digest: digest, reservation: batch.reservation))
    }
    return complete
  }

  /// Checks that the sender may publish the topics of all events.
  /// - Throws: 403 that names a topic that it may not publish. Nothing of the request is stored then.
  private func checkTopics(
    of reading: Reading<some Sendable>, _ rights: TopicRights, in context: AdminContext
  ) throws(Problem) {
    guard rights != .all else { return }
    let inColumns = (reading.batches + reading.rejected).lazy.compactMap {
      $0.columns.firstTopic(notPermittedBy: rights)
    }.first
    guard let topic = reading.forbiddenTopic ?? inColumns else { return }
    throw gatekeeper?.refusal(toPublish: topic, by: context.login, in: context) ?? .topicNotAllowed(topic)
  }
}

extension Problem {
  /// The events of a request are together larger than a request may be.
  static func tooManyInserts(limit: Int) -> Problem {
    Problem(
      status: .contentTooLarge, kind: .batchTooLarge,
      detail:
        "The events of the request have more than \(limit) bytes together, with all that they share. Send "
        + "fewer events in a request.")
  }

  /// A request of which some batches are stored and others are not.
  static func partlyStored(_ reason: Problem) -> Problem {
    Problem(
      status: .serviceUnavailable, kind: reason.kind == .notCommittedYet ? .notCommittedYet : .queueFull,
      detail:
        "Some of the events are stored, and the others are not stored yet. Send the request again: an event that "
        + "is stored already counts as a duplicate.", headers: [.retryAfter: "1"])
  }

  /// A body of another type than the route reads.
  static func unsupportedInsertType(_ types: [String]) -> Problem {
    let list = types.joined(separator: ", ")
    return Problem(
      status: .unsupportedMediaType, kind: nil, detail: "Content-Type must be one of: \(list).",
      headers: [.accept: list])
  }
}
