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
  /// nothing, and reading may trap.
  @inlinable
  public mutating func next(in bytes: RawSpan) -> EventPlace? {
    guard index < layout.events else { return nil }
    let topic = bytes.littleEndian(UInt16.self, at: layout.topicIndices + 2 * index)
    let source = bytes.littleEndian(UInt16.self, at: layout.sourceIndices + 2 * index)
    let idEnd = idStart + Int(bytes.littleEndian(UInt16.self, at: layout.idLengths + 2 * index))
    let payloadLength = bytes.littleEndian(UInt32.self, at: layout.payloadLengths + 4 * index)
    var payload: Range<Int>?
    if payloadLength != ColumnLayout.absentPayload {
      let payloadEnd = payloadStart + Int(payloadLength)
      payload = payloadStart..<payloadEnd
      payloadStart = payloadEnd
    }
    defer {
      idStart = idEnd
      index += 1
    }
    return EventPlace(
      topic: Int(topic), source: Int(source), id: idStart..<idEnd,
      timeDelta: timeDelta(in: bytes), payload: payload)
  }

  @inlinable
  func timeDelta(in bytes: RawSpan) -> Int64 {
    let offset = layout.timeDeltas + layout.timeWidth * index
    return layout.timeWidth == 4
      ? Int64(bytes.littleEndian(Int32.self, at: offset)) : bytes.littleEndian(Int64.self, at: offset)
  }
}
