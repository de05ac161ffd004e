extension ColumnLayout {
  /// The bytes of each topic, by index. `bytes` are the columns that the layout was checked against.
  public func topicRanges(in bytes: RawSpan) -> [Range<Int>] {
    Self.ranges(in: bytes, lengths: topicLengths, count: topics, start: topicBytes)
  }

  /// The bytes of each source, by index. `bytes` are the columns that the layout was checked against.
  public func sourceRanges(in bytes: RawSpan) -> [Range<Int>] {
    Self.ranges(in: bytes, lengths: sourceLengths, count: sources, start: sourceBytes)
  }

  private static func ranges(in bytes: RawSpan, lengths: Int, count: Int, start: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    var start = start
    for index in 0..<count {
      let end = start + Int(bytes.littleEndian(UInt16.self, at: lengths + 2 * index))
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }
}
