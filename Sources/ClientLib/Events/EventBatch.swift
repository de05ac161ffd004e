internal import WireProtocol

/// A batch under construction: events are copied into columns at once, without an object for each.
///
///     var batch = producer.makeBatch()
///     while try batch.append(topic: "a.b.c", eventID: next(), timestamp: .now, source: "me", payload: nil)
///   {}
///     let receipt = try await producer.publish(batch)
///
/// It belongs to one task. `Producer.publish` consumes it.
public struct EventBatch: ~Copyable, Sendable {
  private var builder: EventColumnsBuilder
  private let limits: BatchLimits

  /// An empty batch for at most so many events and bytes of columns before compression.
  ///
  /// `Producer.makeBatch` gives one with the server's bounds, and uses memory again; a batch beyond the
  /// server's bounds is refused by `publish`.
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

  /// The columns; there is at least one event.
  consuming func finish(sparing spares: SpareBuilders) -> [UInt8] {
    let columns = builder.finish()
    spares.give(builder, limits: limits)
    return columns
  }

  /// Events so far.
  public var count: Int { builder.count }

  /// Whether there is no event yet.
  public var isEmpty: Bool { builder.isEmpty }

  /// Bytes of the columns so far, before compression.
  public var byteCount: Int { builder.rawByteCount }

  /// Adds an event.
  /// - Parameter payload: JSON, or nil for none.
  /// - Returns: false, with nothing changed, when the batch has no room for it: publish it and add the
  ///   event to the next one.
  /// - Throws: `ProducerError` with code `eventTooLarge` when the event fits no batch at all.
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

  /// Adds an event whose texts are UTF-8 bytes, which are copied: the quickest way.
  ///
  /// Nothing is checked here but lengths; the server judges texts and payload.
  /// - Returns: false, with nothing changed, when the batch has no room for it.
  /// - Throws: `ProducerError` with code `eventTooLarge` when the event fits no batch at all.
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
  /// - Returns: false, with nothing changed, when the batch has no room for it.
  /// - Throws: `ProducerError` with code `eventTooLarge` when the event fits no batch at all.
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
