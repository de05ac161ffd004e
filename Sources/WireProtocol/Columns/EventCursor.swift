/// Reads a batch's events in order. The cursor is a value of a few integers, without allocation or reference.
public struct EventCursor: Sendable {
  @usableFromInline let layout: ColumnLayout
  @usableFromInline var index = 0
  @usableFromInline var idStart: Int
  @usableFromInline var payloadStart: Int

  /// A cursor before the first event of the columns that `layout` describes.
  @inlinable
  public init(_ layout: ColumnLayout) {
    self.layout = layout
    self.idStart = layout.idBytes
    self.payloadStart = layout.payloadBytes
  }

  /// The index of the event that `next` reads.
  @inlinable
  public var position: Int { index }

  /// Returns the next event; nil after the last.
  ///
  /// Traps when `bytes` has fewer bytes than the layout. One comparison is enough for all columns, because
  /// each of them is inside the layout. Always inlined, because a call and the copies of its result cost more
  /// than the reading.
  /// - Parameter bytes: the columns that the layout was checked against. With other bytes the ranges have no
  ///   meaning.
  @inlinable
  @inline(__always)
  public mutating func next(in bytes: RawSpan) -> EventPlace? {
    guard index < layout.events else { return nil }
    precondition(bytes.byteCount >= layout.rawBytes, "fewer bytes than the columns have")
    // The layout was checked: no sum of lengths leaves the columns or comes near an overflow.
    let topic = bytes.uncheckedLittleEndian(UInt16.self, at: layout.topicIndices &+ 2 &* index)
    let source = bytes.uncheckedLittleEndian(UInt16.self, at: layout.sourceIndices &+ 2 &* index)
    let idLength = bytes.uncheckedLittleEndian(UInt16.self, at: layout.idLengths &+ 2 &* index)
    let payloadLength = bytes.uncheckedLittleEndian(UInt32.self, at: layout.payloadLengths &+ 4 &* index)
    let timeDelta =
      layout.timeWidth == 4
      ? Int64(bytes.uncheckedLittleEndian(Int32.self, at: layout.timeDeltas &+ 4 &* index))
      : bytes.uncheckedLittleEndian(Int64.self, at: layout.timeDeltas &+ 8 &* index)
    let id = Range(uncheckedBounds: (idStart, idStart &+ Int(idLength)))
    var payload: Range<Int>?
    if payloadLength != ColumnLayout.absentPayload {
      let range = Range(uncheckedBounds: (payloadStart, payloadStart &+ Int(payloadLength)))
      payload = range
      payloadStart = range.upperBound
    }
    idStart = id.upperBound
    index &+= 1
    return EventPlace(
      topic: Int(topic), source: Int(source), id: id, timeDelta: timeDelta, payload: payload)
  }
}

/// One event of a batch, as indices and ranges in the batch's raw bytes.
public struct EventPlace: Hashable, Sendable {
  /// Index into the dictionary of topics.
  public let topic: Int
  /// Index into the dictionary of sources.
  public let source: Int
  /// Range of the event id.
  public let id: Range<Int>
  /// Signed distance from the batch's base time, in microseconds.
  public let timeDelta: Int64
  /// Range of the payload; nil without a payload, empty for an empty payload.
  public let payload: Range<Int>?

  @inlinable
  init(topic: Int, source: Int, id: Range<Int>, timeDelta: Int64, payload: Range<Int>?) {
    self.topic = topic
    self.source = source
    self.id = id
    self.timeDelta = timeDelta
    self.payload = payload
  }
}
