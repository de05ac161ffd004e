extension ColumnLayout {
  /// Checks the structure of `bytes`, one batch's columns, and then its size. Texts and payloads
  /// are not looked at.
  /// - Throws: `WireError` with code `malformedColumns` when counts, lengths or indices contradict
  ///   each other or the bytes; with code `batchTooLarge` when the columns are sound but beyond `limits`.
  public init(checking bytes: RawSpan, limits: BatchLimits) throws(WireError) {
    let header = try ColumnHeader(parsing: bytes)
    self.init(header)
    try Self.check(
      sum: bytes.extracting(topicLengths..<topicBytes).sumOfLengths16(), of: "topic",
      announced: header.topicBytes)
    try Self.check(
      sum: bytes.extracting(sourceLengths..<sourceBytes).sumOfLengths16(), of: "source",
      announced: header.sourceBytes)
    try Self.check(
      indices: bytes.extracting(topicIndices..<sourceIndices), of: "topic", count: topics)
    try Self.check(
      indices: bytes.extracting(sourceIndices..<timeDeltas), of: "source", count: sources)
    try Self.check(
      sum: bytes.extracting(idLengths..<idBytes).sumOfLengths16(), of: "event id",
      announced: header.idBytes)
    try Self.check(
      sum: bytes.extracting(payloadLengths..<payloadBytes).sumOfPayloadLengths(), of: "payload",
      announced: header.payloadBytes)
    try check(limits)
  }

  private static func check(sum: UInt64, of column: String, announced: Int) throws(WireError) {
    guard sum == UInt64(announced) else {
      throw .malformed("\(column) lengths add up to \(sum) bytes, the header announces \(announced)")
    }
  }

  private static func check(indices: RawSpan, of column: String, count: Int) throws(WireError) {
    guard indices.maximum16() >= count else { return }
    for event in 0..<indices.byteCount / 2 {
      let index = Int(indices.littleEndian(UInt16.self, at: 2 * event))
      guard index < count else {
        throw .malformed("\(column) index \(index) of event \(event) is not below \(count)")
      }
    }
  }

  private func check(_ limits: BatchLimits) throws(WireError) {
    let bounds = [
      ("raw bytes", rawBytes, limits.rawBytes), ("events", events, limits.events),
      ("topics", topics, limits.dictionary), ("sources", sources, limits.dictionary),
    ]
    for (unit, found, limit) in bounds where found > limit {
      throw WireError(
        .batchTooLarge, "the batch has \(found) \(unit), the limit is \(limit); send smaller batches")
    }
  }
}

extension RawSpan {
  /// The sum of the 16-bit lengths that the span consists of.
  fileprivate func sumOfLengths16() -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: byteCount, by: 2) {
      sum &+= UInt64(littleEndian(UInt16.self, at: offset))
    }
    return sum
  }

  /// The sum of the 32-bit lengths that the span consists of, where `absentPayload` counts nothing.
  fileprivate func sumOfPayloadLengths() -> UInt64 {
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: byteCount, by: 4) {
      let length = littleEndian(UInt32.self, at: offset)
      sum &+= length == ColumnLayout.absentPayload ? 0 : UInt64(length)
    }
    return sum
  }

  /// The largest of the 16-bit numbers that the span consists of.
  fileprivate func maximum16() -> Int {
    var maximum: UInt16 = 0
    for offset in stride(from: 0, to: byteCount, by: 2) {
      maximum = max(maximum, littleEndian(UInt16.self, at: offset))
    }
    return Int(maximum)
  }
}
