/// The column `listed` of `topic_spans`. For each event, ascending by time, it has the time in microseconds
/// since 1970 in eight bytes, the length of the rest in two bytes, both with the highest byte first, and the
/// rest. The rest is the id; in the rows of a bucket it is the tag of the topic in two bytes, then the id.
enum ListedEvents {
  /// An event as its span lists it.
  struct Event: Hashable {
    /// The event id.
    let id: [UInt8]
    /// Microseconds since 1970.
    let time: Int64
  }

  /// Number of bytes before each id.
  static let headBytes = 10
  /// Number of bytes of a tag.
  static let tagBytes = 2

  /// Adds an event whose id is at `field` in `columns`. The length of every stored id fits into two bytes, with a tag,
  /// too.
  static func append(
    time: Int64, tag: UInt16? = nil, id field: StagedEvent.Field, of columns: [UInt8], to bytes: inout [UInt8]
  ) {
    let length = Int(field.count) + (tag == nil ? 0 : tagBytes)
    precondition(length <= UInt16.max, "the length of a stored id fits into two bytes")
    withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(length).bigEndian) { bytes.append(contentsOf: $0) }
    if let tag { withUnsafeBytes(of: tag.bigEndian) { bytes.append(contentsOf: $0) } }
    columns.withUnsafeBytes { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[field.range])) }
  }

  /// The events whose times satisfy `isWanted`; nil when `bytes` is not a valid list. A list has at least one
  /// event.
  /// - Parameter tag: The tag of the wanted events, in a list of a bucket; nil in a list of a topic.
  static func events(in bytes: RawSpan, tag: UInt16? = nil, where isWanted: (Int64) -> Bool) -> [Event]? {
    guard !bytes.isEmpty else { return nil }
    var events: [Event] = []
    var offset = 0
    while offset < bytes.byteCount {
      guard bytes.byteCount - offset >= headBytes else { return nil }
      // Every bit pattern is an integer, and the bounds are checked.
      let time = Int64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int64.self))
      let length = UInt16(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt16.self))
      var start = offset + headBytes
      guard bytes.byteCount - start >= Int(length) else { return nil }
      offset = start + Int(length)
      if let tag {
        guard Int(length) >= tagBytes else { return nil }
        let found = UInt16(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt16.self))
        guard found == tag else { continue }
        start += tagBytes
      }
      guard isWanted(time) else { continue }
      let id = bytes.extracting(start..<offset).withUnsafeBytes { Array($0) }
      events.append(Event(id: id, time: time))
    }
    assert(offset == bytes.byteCount, "the last event ends with the list")
    return events
  }
}
