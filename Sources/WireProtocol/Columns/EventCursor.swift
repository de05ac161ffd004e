/// Reads a batch's events in order. A plain value of a few integers: no allocation, no reference.
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

  /// The place of the event that `next` reads.
  @inlinable
  public var position: Int { index }

  /// The next event, or nil after the last one.
  ///
  /// `bytes` are the columns that the layout was checked against; with others the ranges mean
  /// nothing. Traps when there are fewer bytes than the layout describes: with one comparison for all
  /// columns, since each lies inside of them. Always inlined: otherwise a call and the copies
  /// of what it returns cost more than the reading.
  @inlinable
  @inline(__always)
  public mutating func next(in bytes: RawSpan) -> EventPlace? {
    guard index < layout.events else { return nil }
    precondition(bytes.byteCount >= layout.rawBytes, "fewer bytes than the columns have")
    // The layout was checked, so no sum of lengths leaves the columns, or comes near an overflow.
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
