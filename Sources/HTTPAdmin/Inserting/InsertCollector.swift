import EventMapping
import Ingest
import Principals
internal import TextFormats
import WireProtocol

/// Collects the events of an insert request into batches.
///
/// An event that cannot be stored becomes a dead event of its batch. An event without an id gets its content identity,
/// and an event without a time gets the time at which the request arrived.
struct InsertCollector {
  /// The events of one batch.
  struct Batch: Sendable {
    let columns: [UInt8]
    let dead: [DeadEvent]
    /// Digest of what the sender wrote; nil unless digests were asked for.
    let digest: UInt64?
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
  /// Whether the request has more events than it may have, so that nothing of it may be stored.
  private(set) var isFull = false
  /// Whether `ingest.memory` had no room for a batch, so that nothing of the request may be stored.
  private(set) var lacksMemory = false

  /// The first topic that is not permitted and not in the columns; nil for none.
  private(set) var forbiddenTopic: String?

  private let arrival: UTCTime
  private let rights: TopicRights
  private let memory: MemoryBudget
  private let limits: EventLimits
  private let longest: Int
  private let validator: ColumnValidator
  private var builder: EventColumnsBuilder
  private var dead: [DeadEvent] = []
  private var batches: [Batch] = []
  private var finishedBytes = 0
  private var contents = ContentOccurrences()
  private var digest: InsertDigest?

  /// - Parameters:
  ///   - arrival: The time at which the request arrived.
  ///   - longest: Most bytes of the columns of all batches together. Formats name a text once for many events, so the
  ///     events may be much larger than the body.
  ///   - memory: Counts the columns of each batch.
  ///   - rights: The topics that the sender may publish. Topics in the columns are for the caller to check.
  ///   - hasDigests: Whether batches get digests, for a request with an idempotency key.
  init(
    batch: BatchLimits, event: EventLimits, longest: Int, arrival: UTCTime, memory: MemoryBudget,
    rights: TopicRights = .all, hasDigests: Bool = false
  ) {
    self.arrival = arrival
    self.rights = rights
    self.memory = memory
    digest = hasDigests ? InsertDigest() : nil
    self.longest = longest
    limits = event
    validator = ColumnValidator(limits: event)
    builder = EventColumnsBuilder(limits: batch)
  }

  /// Takes an event.
  /// - Parameters:
  ///   - id: nil when the content identifies the event.
  ///   - time: Microseconds since 1970; nil for the time of the request.
  ///   - payload: One JSON text, which is checked here; nil for none.
  /// - Returns: false when no further events can be taken.
  mutating func take(
    topic: [UInt8], source: [UInt8], id: [UInt8]?, time: Int64?, payload: RawSpan?
  ) -> Bool {
    lastID.removeAll(keepingCapacity: true)
    if let id { lastID.append(contentsOf: id) }
    if id == nil || digest != nil {
      let content = ContentIdentity(
        topic: topic.span.bytes, timestamp: time, source: source.span.bytes, payload: payload)
      digest?.add(content, id: lastID)
      if id == nil { contents.identity(of: content).write(to: &lastID) }
    }
    let stamp = time ?? arrival.microseconds
    let reason = validator.reason(
      topic: topic.span.bytes, source: source.span.bytes, eventID: lastID.span.bytes, timestamp: stamp,
      payload: payload)
    // A time outside the years that columns can hold would widen the column of times for nothing.
    let moment = reason == .timestampRange ? 0 : stamp
    return append(topic, source, moment, payload, reason)
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
    digest?.add(
      ContentIdentity(topic: topic.span.bytes, timestamp: nil, source: none.span.bytes, payload: text), id: []
    )
    return append(topic, [], 0, text, .eventForm, because: reason)
  }

  /// Ends the request.
  /// - Returns: the batches; empty when there are no events.
  mutating func finish() -> [Batch] {
    closeBatch()
    return batches
  }

  /// Adds an event to the batch, or to a new one when the batch has no room for it.
  /// - Parameters:
  ///   - reason: The reason why it is a dead event; nil for an event that can be stored.
  ///   - text: The reason for people; nil for the usual one.
  private mutating func append(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?, _ reason: DeadReason?,
    because text: String? = nil
  ) -> Bool {
    let placing = place(topic, source, time, payload)
    guard placing != .full else {
      isFull = !lacksMemory
      return false
    }
    let position = builder.count - 1
    guard let reason = reason ?? (placing == .cut ? .payloadLength : nil) else {
      last = .event(Place(batch: batches.count, position: position))
      return true
    }
    dead.append(DeadEvent(position: position, reason: reason))
    deadCount += 1
    let sentence = text ?? Self.sentence(reason, limits)
    last = .dead(sentence)
    if firstReason == nil { firstReason = sentence }
    return true
  }

  /// The result of adding an event to the columns.
  private enum Placing {
    case placed
    /// No batch can hold the event, so only a part of it is in the columns.
    case cut
    /// The request has too many events.
    case full
  }

  private mutating func place(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?
  ) -> Placing {
    let payloadBytes = if let payload { payload.byteCount } else { 0 }
    let id = lastID
    do throws(EventRefusal) {
      for _ in 0..<2 {
        guard finishedBytes + builder.rawByteCount + payloadBytes <= longest else { return .full }
        if try builder.append(
          topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: time,
          payload: payload)
        {
          return .placed
        }
        closeBatch()
        guard !lacksMemory else { return .full }
      }
      return .full
    } catch {
      return placeCut(topic, source, time, payload)
    }
  }

  /// Adds an event that no batch can hold: without names above 65,535 bytes, and with the beginning of its payload
  /// alone. It is a dead event, of which the store keeps the beginning only.
  private mutating func placeCut(
    _ topic: [UInt8], _ source: [UInt8], _ time: Int64, _ payload: RawSpan?
  ) -> Placing {
    // A topic that is left out is not in the columns, where rights are checked.
    let keepsTopic = topic.count <= Self.keptBytes
    if !keepsTopic, forbiddenTopic == nil, !rights.permit(topic) {
      forbiddenTopic = String(decoding: topic, as: UTF8.self)
    }
    if lastID.count > Self.keptBytes { lastID.removeAll() }
    let names = (topic: keepsTopic ? topic : [], source: source.count <= Self.keptBytes ? source : [])
    var placing = Placing.full
    if let payload {
      placing = place(
        names.topic, names.source, time, payload.extracting(0..<min(payload.byteCount, Self.keptBytes)))
    } else {
      placing = place(names.topic, names.source, time, nil)
    }
    return placing == .placed ? .cut : placing
  }

  /// Bytes of each field that are kept of an event that no batch can hold.
  private static let keptBytes = 8 << 10

  private mutating func closeBatch() {
    guard !builder.isEmpty, !lacksMemory else { return }
    let columns = builder.finish()
    finishedBytes += columns.count
    guard memory.reserve(columns.count) else {
      lacksMemory = true
      return
    }
    let reservation = MemoryReservation(adopting: columns.count, of: memory)
    batches.append(
      Batch(columns: columns, dead: dead, digest: digest?.finish(), reservation: reservation))
    dead.removeAll()
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
