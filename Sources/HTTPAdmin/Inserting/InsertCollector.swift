import EventMapping
import Ingest
import InsertFormats
import Principals
internal import TextFormats
import WireProtocol

/// Collects the events of an insert request into batches.
///
/// An event that cannot be stored becomes a dead event. An event without an id gets its content identity,
/// and an event without a time gets the time at which the request arrived.
struct InsertCollector {
  /// The events of one batch.
  struct Batch: Sendable {
    let columns: [UInt8]
    let dead: [DeadEvent]
    /// Digest of what the sender wrote; nil for batches that need none.
    let digest: InsertDigest.Value?
    /// The memory of the columns.
    let reservation: MemoryReservation
  }

  /// The place of an event among the batches of the request.
  struct Place: Hashable, Sendable {
    let batch: Int
    /// The position in the batch.
    let position: Int
  }

  /// The result of taking an event.
  enum Taken: Hashable, Sendable {
    case event(Place)
    /// It is a dead event, for this reason.
    case dead(String)
  }

  /// The number of dead events so far.
  private(set) var deadCount = 0
  /// The reason of the first dead event; nil without one.
  private(set) var firstReason: String?
  /// The result of the last event; nil before the first.
  private(set) var last: Taken?
  /// The event id of the last event.
  private(set) var lastID: [UInt8] = []
  /// Whether the columns of the request exceed `mostColumnBytes`, so that nothing of it may be stored.
  private(set) var isFull = false
  /// Whether `ingest.memory` had no room for a batch, so that nothing of the request may be stored.
  private(set) var lacksMemory = false

  /// The first topic that is not permitted and not in the columns; nil for none.
  private(set) var forbiddenTopic: String?

  private let arrival: UTCTime
  private let rights: TopicRights
  private let memory: MemoryBudget
  private let limits: EventLimits
  /// Whether the limits permit every plain text of `JSONTextBuilder` within the length of a payload.
  private let permitsPlain: Bool
  private let batchLimits: BatchLimits
  private let mostColumnBytes: Int
  private let validator: ColumnValidator
  private var events: BatchSeries
  /// Batches with the dead events alone; nil before the first dead event, and when dead events stay among the others.
  private var rejected: BatchSeries?
  private let separatesDead: Bool
  private var contents = ContentOccurrences()

  /// - Parameters:
  ///   - arrival: The time at which the request arrived.
  ///   - mostColumnBytes: Most bytes of the columns of all batches together. Formats name a text once for many events,
  ///     so the events may be much larger than the body.
  ///   - memory: Counts the columns of each batch.
  ///   - rights: The topics that the sender may publish. Topics in the columns are for the caller to check.
  ///   - hasKey: Whether the request has an idempotency key. Then all batches get digests. Without a key, dead events
  ///     get batches of their own, and these alone have digests.
  init(
    batch: BatchLimits, event: EventLimits, mostColumnBytes: Int, arrival: UTCTime, memory: MemoryBudget,
    rights: TopicRights = .all, hasKey: Bool = false
  ) {
    self.arrival = arrival
    self.rights = rights
    self.memory = memory
    self.mostColumnBytes = mostColumnBytes
    limits = event
    permitsPlain =
      event.jsonDepth >= JSONTextBuilder.plainDepth && event.jsonExponent >= JSONTextBuilder.plainDigits
    batchLimits = batch
    separatesDead = !hasKey
    validator = ColumnValidator(limits: event)
    events = BatchSeries(limits: batch, hasDigests: hasKey)
  }

  /// Takes an event.
  /// - Parameters:
  ///   - id: nil when the content identifies the event.
  ///   - time: Microseconds since 1970; nil for the time of the request.
  ///   - payload: One JSON text, which is checked here; nil for none.
  ///   - isPlain: Whether the payload is a plain text of `JSONTextBuilder`, which the usual limits permit.
  /// - Returns: false when no further events can be taken.
  mutating func take(
    topic: [UInt8], source: [UInt8], id: [UInt8]?, time: Int64?, payload: RawSpan?, isPlain: Bool = false
  ) -> Bool {
    lastID.removeAll(keepingCapacity: true)
    if let id { lastID.append(contentsOf: id) }
    let stamp = time ?? arrival.microseconds
    var content: ContentIdentity?
    if id == nil || !separatesDead {
      let identity = ContentIdentity(
        topic: topic.span.bytes, timestamp: time, source: source.span.bytes, payload: payload)
      if !separatesDead { events.note(identity, id: lastID) }
      if id == nil { contents.identity(of: identity).write(to: &lastID) }
      content = identity
    }
    let reason = validator.reason(
      topic: topic.span.bytes, source: source.span.bytes, eventID: lastID.span.bytes, timestamp: stamp,
      payload: payload, isJSON: isPlain && permitsPlain)
    if reason == nil {
      switch place(topic, source, stamp, payload, isDead: false) {
      case .placed:
        last = .event(events.lastPlace)
        return true
      case .full: return refuse()
      case .tooLong: break
      }
    }
    if separatesDead {
      noteDead(
        content
          ?? ContentIdentity(
            topic: topic.span.bytes, timestamp: time, source: source.span.bytes, payload: payload))
    }
    return appendDead(
      topic, source, stamp, payload, reason ?? .payloadLength,
      because: reason == nil ? "the event does not fit into a batch (limits.batch.raw)" : nil)
  }

  /// Takes an item that is not an event.
  /// - Parameters:
  ///   - item: The range of the body that is wrong. It becomes the payload of the dead event.
  ///   - bytes: The body.
  ///   - topic: The topic of the dead event; empty when it is not known.
  ///   - reason: A part of a sentence that says what is wrong.
  /// - Returns: false when no further items can be taken.
  mutating func reject(
    _ item: Range<Int>, of bytes: RawSpan, topic: [UInt8], because reason: String
  ) -> Bool {
    lastID.removeAll(keepingCapacity: true)
    let text = bytes.extracting(item)
    let none: [UInt8] = []
    let content = ContentIdentity(
      topic: topic.span.bytes, timestamp: nil, source: none.span.bytes, payload: text)
    if separatesDead { noteDead(content) } else { events.note(content, id: []) }
    return appendDead(topic, [], 0, text, .eventForm, because: reason)
  }

  /// Ends the request.
  /// - Returns: the batches, and the batches with dead events alone; empty when there are none.
  mutating func finish() -> (events: [Batch], dead: [Batch]) {
    close(isDead: false)
    close(isDead: true)
    return (events.finished, rejected?.finished ?? [])
  }

  /// Adds the content of a dead event to the digest of the dead events.
  private mutating func noteDead(_ content: ContentIdentity) {
    if rejected == nil { rejected = BatchSeries(limits: batchLimits, hasDigests: true) }
    rejected?.note(content, id: lastID)
  }

  /// Adds a dead event.
  /// - Parameters:
  ///   - reason: The reason why it cannot be stored.
  ///   - text: The reason for people; nil for the usual one.
  private mutating func appendDead(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?, _ reason: DeadReason,
    because text: String? = nil
  ) -> Bool {
    var placing = place(topic, source, time, payload, isDead: true)
    if placing == .tooLong { placing = placeCut(topic, source, time, payload) }
    guard placing == .placed else { return refuse() }
    if separatesDead { rejected?.markDead(reason) } else { events.markDead(reason) }
    deadCount += 1
    let sentence = text ?? Self.sentence(reason, limits)
    last = .dead(sentence)
    if firstReason == nil { firstReason = sentence }
    return true
  }

  /// Notes that nothing of the request may be stored. Returns false.
  private mutating func refuse() -> Bool {
    isFull = !lacksMemory
    return false
  }

  /// The result of adding an event to the columns.
  private enum Placing {
    case placed
    /// No batch can hold the event.
    case tooLong
    /// The request has too many bytes of columns, or there is no memory for a batch.
    case full
  }

  private mutating func place(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?, isDead: Bool
  ) -> Placing {
    let payloadBytes = if let payload { payload.byteCount } else { 0 }
    let id = lastID
    let isSeparate = isDead && separatesDead
    do throws(EventRefusal) {
      for _ in 0..<2 {
        guard events.bytes + (rejected?.bytes ?? 0) + payloadBytes <= mostColumnBytes else { return .full }
        let fits =
          try isSeparate
          ? rejected?.append(topic: topic, source: source, id: id, time: time, payload: payload)
          : events.append(topic: topic, source: source, id: id, time: time, payload: payload)
        if fits == true { return .placed }
        close(isDead: isSeparate)
        guard !lacksMemory else { return .full }
      }
      return .full
    } catch {
      return .tooLong
    }
  }

  /// Adds a dead event that no batch can hold. Leaves out names above `keptBytes`, and cuts the payload to `keptBytes`.
  private mutating func placeCut(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?
  ) -> Placing {
    // A topic that is left out is not in the columns, where rights are checked.
    let keepsTopic = topic.count <= Self.keptBytes
    if !keepsTopic, forbiddenTopic == nil, !rights.permit(topic) {
      forbiddenTopic = String(decoding: topic, as: UTF8.self)
    }
    if lastID.count > Self.keptBytes { lastID.removeAll() }
    let (topic, source) = (keepsTopic ? topic : [], source.count <= Self.keptBytes ? source : [])
    guard let payload else { return place(topic, source, time, nil, isDead: true) }
    return place(
      topic, source, time, payload.extracting(0..<min(payload.byteCount, Self.keptBytes)), isDead: true)
  }

  /// Most bytes of a field that are kept of an event that no batch can hold; 8,192, as in `dead_events`
  /// (`DeadEventRows.keptBytes`).
  private static let keptBytes = 8 << 10

  private mutating func close(isDead: Bool) {
    guard !lacksMemory else { return }
    let isClosed = isDead ? rejected?.close(memory) ?? true : events.close(memory)
    lacksMemory = !isClosed
  }
}

extension InsertCollector {
  /// Returns a part of a sentence about the reason.
  private static func sentence(_ reason: DeadReason, _ limits: EventLimits) -> String {
    switch reason {
    case .topicLength: "the topic must have 1 to \(limits.nameScalars) characters"
    case .sourceLength: "the source must have 1 to \(limits.nameScalars) characters"
    case .eventIDLength: "the id must have 1 to \(limits.nameScalars) characters"
    case .topicText: "the topic is not UTF-8, or holds U+0000"
    case .sourceText: "the source is not UTF-8, or holds U+0000"
    case .eventIDText: "the id is not UTF-8, or holds U+0000"
    case .timestampRange: "the time is outside the years 1 to 9999"
    case .payloadLength: "the event has more than \(limits.payloadBytes) bytes (limits.payload.bytes)"
    case .payloadText: "the event is not UTF-8"
    case .payloadSyntax: "the event is not JSON"
    case .payloadDepth: "the event is nested deeper than \(limits.jsonDepth) levels"
    case .payloadNumber: "the exponent of a number is beyond \(limits.jsonExponent)"
    case .payloadEscape: "a string holds \\u0000 or half of a surrogate pair"
    case .eventForm: "the event has the wrong form"
    case .refusedByDatabase: "the database refuses the event"
    case .quarantined: "the event was quarantined"
    }
  }
}
