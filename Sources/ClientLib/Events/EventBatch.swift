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
  private let limits: BatchLimits

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

  /// Returns the columns of a batch that has events, and gives the builder's memory back to the pool.
  consuming func finish(recycling builders: BuilderPool) -> [UInt8] {
    let columns = builder.finish()
    builders.recycle(builder, limits: limits)
    return columns
  }

  /// Events in the batch.
  public var count: Int { builder.count }

  /// Whether the batch has no events.
  public var isEmpty: Bool { builder.isEmpty }

  /// Bytes of the columns before compression.
  public var byteCount: Int { builder.rawByteCount }

  /// Adds an event.
  /// - Parameters:
  ///   - topic: subject of the event, as in ``Event/topic``.
  ///   - eventID: identity within the topic, as in ``Event/id``.
  ///   - timestamp: time when it happened.
  ///   - source: program or system that reports the event.
  ///   - payload: JSON, or nil for no payload.
  /// - Returns: false, and leaves the batch as it is, when the event does not fit. Publish the batch, and
  ///   add the event to the next one.
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
      return try builder.append(
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
    do {
      return try builder.append(
        topic: event.topic, source: event.source, id: event.id, timestamp: event.timestamp.microseconds,
        payload: event.payload)
    } catch {
      throw ProducerError(error)
    }
  }
}
