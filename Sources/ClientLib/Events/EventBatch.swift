internal import WireProtocol

/// A batch under construction. Events are copied into columns at once, without an object for each event.
///
///     var batch = producer.makeBatch()
///     while try batch.append(topic: "a.b.c", eventID: next(), timestamp: .now, source: "me") {}
///     let receipt = try await producer.publish(batch)
///
/// A batch belongs to one task. `Producer.publish` consumes it.
public struct EventBatch: ~Copyable, Sendable {
  private var builder: EventColumnsBuilder
  /// Builders for the channels after the first one; empty unless keys are spread.
  private var others: [EventColumnsBuilder] = []
  private let limits: BatchLimits
  /// Chooses the builder of each event; nil unless keys are spread.
  private var router: SpreadRouter?

  /// An empty batch with bounds.
  ///
  /// ``Producer/makeBatch()`` returns a batch with the server's bounds and reuses memory. `publish` refuses
  /// a batch beyond the server's bounds with `batchTooLarge`.
  /// - Parameters:
  ///   - events: events at most, 1 to 65,535; other values are clamped.
  ///   - bytes: bytes of columns before compression at most.
  public init(events: Int = 1_000, bytes: Int = 1 << 20) {
    var limits = BatchLimits.standard
    limits.events = min(max(events, 1), Int(UInt16.max))
    limits.rawBytes = max(bytes, 0)
    self.init(builder: EventColumnsBuilder(limits: limits), limits: limits)
  }

  init(builder: EventColumnsBuilder, limits: BatchLimits) {
    self.builder = builder
    self.limits = limits
  }

  /// An empty batch whose events `router` spreads over `builders`, which have these limits each.
  init(spreading builders: [EventColumnsBuilder], limits: BatchLimits, by router: SpreadRouter) {
    precondition(builders.count == router.count, "there is not one builder for each channel")
    builder = builders[0]
    others = Array(builders.dropFirst())
    self.limits = limits
    self.router = router
  }

  /// Returns the columns of a batch that has events, and gives the memory of its builders back to the pool.
  /// - Parameter owner: the router of the producer that publishes the batch; nil unless it spreads keys.
  consuming func finish(recycling builders: BuilderPool, for owner: SpreadRouter?) -> [BatchPart] {
    var parts: [BatchPart] = []
    let isRouted = owner === router
    for index in 0...others.count {
      var built = index == 0 ? builder : others[index - 1]
      let events = built.count
      guard events > 0 else { continue }
      let columns = built.finish()
      builders.recycle(built, limits: limits)
      if !isRouted, let owner {
        parts += owner.split(columns)
      } else {
        parts.append(BatchPart(channel: isRouted ? index : 0, columns: columns, events: events))
      }
    }
    return parts
  }

  /// Events in the batch.
  public var count: Int { others.reduce(builder.count) { $0 + $1.count } }

  /// Whether the batch has no events.
  public var isEmpty: Bool { count == 0 }

  /// Bytes of the columns before compression.
  public var byteCount: Int { others.reduce(builder.rawByteCount) { $0 + $1.rawByteCount } }

  /// Adds an event.
  /// - Parameters:
  ///   - topic: subject of the event, as in ``Event/topic``.
  ///   - eventID: identity within the topic, as in ``Event/id``.
  ///   - timestamp: time when it happened.
  ///   - source: program or system that reports the event.
  ///   - payload: JSON, or nil for no payload.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit. Publish the batch, and
  ///   add the event to the next one. When keys are spread, the batch is full when the events for one of the
  ///   servers fill a batch.
  /// - Throws: ``ProducerError`` with code `eventTooLarge` when the event does not fit into an empty batch
  ///   either.
  public mutating func append(
    topic: String, eventID: String, timestamp: Timestamp, source: String, payload: String? = nil
  ) throws(ProducerError) -> Bool {
    let (topic, eventID, source) = (topic.utf8, eventID.utf8, source.utf8)
    guard let payload = payload?.utf8 else {
      return try append(
        topic: topic.span.bytes, eventID: eventID.span.bytes, timestamp: timestamp,
        source: source.span.bytes, payload: nil)
    }
    return try append(
      topic: topic.span.bytes, eventID: eventID.span.bytes, timestamp: timestamp,
      source: source.span.bytes, payload: payload.span.bytes)
  }

  /// Adds an event from UTF-8 bytes, which are copied. This is the fastest of the three.
  ///
  /// Only lengths are checked here; the server checks texts and payload.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit.
  /// - Throws: ``ProducerError`` with code `eventTooLarge` when the event does not fit into an empty batch
  ///   either.
  public mutating func append(
    topic: RawSpan, eventID: RawSpan, timestamp: Timestamp, source: RawSpan, payload: RawSpan?
  ) throws(ProducerError) -> Bool {
    do {
      guard let router, let other = router.otherChannel(topic: topic, id: eventID) else {
        return try builder.append(
          topic: topic, source: source, id: eventID, timestamp: timestamp.microseconds, payload: payload)
      }
      return try others[other].append(
        topic: topic, source: source, id: eventID, timestamp: timestamp.microseconds, payload: payload)
    } catch {
      throw ProducerError(error)
    }
  }

  /// Adds an event.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit.
  /// - Throws: ``ProducerError`` with code `eventTooLarge` when the event does not fit into an empty batch
  ///   either.
  public mutating func append(_ event: Event) throws(ProducerError) -> Bool {
    let (topic, id, source) = (event.topic.utf8, event.id.utf8, event.source.utf8)
    guard let payload = event.payload else {
      return try append(
        topic: topic.span.bytes, eventID: id.span.bytes, timestamp: event.timestamp,
        source: source.span.bytes, payload: nil)
    }
    return try append(
      topic: topic.span.bytes, eventID: id.span.bytes, timestamp: event.timestamp,
      source: source.span.bytes, payload: payload.span.bytes)
  }
}

extension SpreadRouter {
  /// Returns the index of an event's channel after the first one; nil for the first one.
  fileprivate func otherChannel(topic: RawSpan, id: RawSpan) -> Int? {
    let index = channel(topic: topic, id: id)
    return index == 0 ? nil : index - 1
  }
}
