/// Builds the columns of one batch after the other, within the limits of a server.
///
/// Events are copied into a few growing arrays that are reused for the next batch. No object is made for an
/// event.
public struct EventColumnsBuilder: Sendable {
  private let limits: BatchLimits
  private var topics = NameDictionary()
  private var sources = NameDictionary()
  private var rows: [Row] = []
  private var ids: [UInt8] = []
  private var payloads: [UInt8] = []
  private var times = TimeSpan()
  private var header = ColumnHeader.empty

  /// The columns of one event, without its id and payload.
  private struct Row {
    let time: Int64
    let payloadLength: UInt32
    let idLength: UInt16
    let topic: UInt16
    let source: UInt16
  }

  /// An empty builder. Limits above those of the format are reduced to them, and one event is always allowed.
  public init(limits: BatchLimits = .standard) {
    var limits = limits
    limits.rawBytes = min(limits.rawBytes, Int(UInt32.max))
    limits.events = max(limits.events, 1)
    limits.dictionary = min(max(limits.dictionary, 1), Int(UInt16.max) + 1)
    self.limits = limits
  }

  /// The number of events so far.
  public var count: Int { rows.count }

  /// Whether there is nothing to finish.
  public var isEmpty: Bool { rows.isEmpty }

  /// Bytes of the columns if `finish` were called now.
  public var rawByteCount: Int { header.rawByteCount }

  /// Adds an event.
  ///
  /// Texts are expected to be UTF-8, and a payload to be JSON. Neither is checked here.
  /// - Parameters:
  ///   - timestamp: event time in microseconds since 1970.
  ///   - payload: nil for an event without a payload.
  /// - Returns: false, with nothing changed, when the event would break a limit: call `finish`, then try
  ///   again.
  /// - Throws: `EventRefusal` when the event fits no batch at all.
  public mutating func append(
    topic: RawSpan, source: RawSpan, id: RawSpan, timestamp: Int64, payload: RawSpan?
  ) throws(EventRefusal) -> Bool {
    let longest = max(topic.byteCount, source.byteCount, id.byteCount)
    guard longest <= UInt16.max else { throw .nameTooLong(bytes: longest) }
    let payloadBytes = if let payload { payload.byteCount } else { 0 }
    let topicPlace = topics.place(of: topic)
    let sourcePlace = sources.place(of: source)
    let grownTimes = times.including(timestamp)
    let grown = header.adding(
      topic: topicPlace.isFree ? topic.byteCount : nil,
      source: sourcePlace.isFree ? source.byteCount : nil,
      id: id.byteCount, payload: payloadBytes, times: grownTimes)
    guard grown.fits(limits) else {
      let alone = ColumnHeader.empty.adding(
        topic: topic.byteCount, source: source.byteCount, id: id.byteCount, payload: payloadBytes,
        times: TimeSpan().including(timestamp))
      guard alone.fits(limits) else {
        throw .eventTooLarge(bytes: alone.rawByteCount, limit: limits.rawBytes)
      }
      return false
    }

    header = grown
    times = grownTimes
    id.withUnsafeBytes { ids.append(contentsOf: $0) }
    var payloadLength = ColumnLayout.absentPayload
    if let payload {
      payload.withUnsafeBytes { payloads.append(contentsOf: $0) }
      payloadLength = UInt32(payload.byteCount)
    }
    rows.append(
      Row(
        time: timestamp, payloadLength: payloadLength, idLength: UInt16(id.byteCount),
        topic: UInt16(topics.insert(topic, topicPlace)),
        source: UInt16(sources.insert(source, sourcePlace))))
    return true
  }

  /// Returns the columns of the batch, which are sound and within the limits. The builder is then empty and
  /// keeps its memory. Traps when there is no event.
  public mutating func finish() -> [UInt8] {
    precondition(!isEmpty, "a batch has at least one event")
    let columns = encoded()
    removeAll()
    return columns
  }

  /// Drops the events so far and keeps the memory.
  public mutating func removeAll() {
    topics.removeAll()
    sources.removeAll()
    rows.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    payloads.removeAll(keepingCapacity: true)
    times = TimeSpan()
    header = .empty
  }

  private func encoded() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: rawByteCount) { buffer, count in
      var writer = ColumnWriter(UnsafeMutableRawBufferPointer(buffer))
      header.write(to: &writer)
      writer.append(topics.lengths)
      writer.append(topics.bytes)
      writer.append(sources.lengths)
      writer.append(sources.bytes)
      for row in rows { writer.append(row.topic) }
      for row in rows { writer.append(row.source) }
      if header.timeWidth == 4 {
        for row in rows { writer.append(Int32(row.time - header.baseTime)) }
      } else {
        for row in rows { writer.append(row.time) }
      }
      for row in rows { writer.append(row.idLength) }
      writer.append(ids)
      for row in rows { writer.append(row.payloadLength) }
      writer.append(payloads)
      count = writer.count
      assert(count == rawByteCount, "the columns are smaller than announced")
    }
  }
}

extension EventColumnsBuilder {
  /// Adds an event whose texts are strings; see the other `append`.
  /// - Parameter timestamp: event time in microseconds since 1970.
  /// - Returns: false, with nothing changed, when the event would break a limit: call `finish`, then try
  ///   again.
  /// - Throws: `EventRefusal` when the event fits no batch at all.
  public mutating func append(
    topic: String, source: String, id: String, timestamp: Int64, payload: [UInt8]?
  ) throws(EventRefusal) -> Bool {
    let topic = topic.utf8
    let source = source.utf8
    let id = id.utf8
    guard let payload else {
      return try append(
        topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: timestamp,
        payload: nil)
    }
    return try append(
      topic: topic.span.bytes, source: source.span.bytes, id: id.span.bytes, timestamp: timestamp,
      payload: payload.span.bytes)
  }
}

/// The reason why an event fits no batch.
public enum EventRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The topic, source or event id is longer than 65,535 bytes, the largest length of 16 bits.
  case nameTooLong(bytes: Int)
  /// The event alone is larger than the limit of a batch's raw bytes.
  case eventTooLarge(bytes: Int, limit: Int)

  /// The part that is too long, its length, the limit, and what to do.
  public var description: String {
    switch self {
    case .nameTooLong(let bytes):
      "a topic, source or event id has \(bytes) bytes; the limit is \(UInt16.max); shorten the text"
    case .eventTooLarge(let bytes, let limit):
      "the event alone makes a batch of \(bytes) bytes; the limit is \(limit); shorten the payload"
    }
  }
}
