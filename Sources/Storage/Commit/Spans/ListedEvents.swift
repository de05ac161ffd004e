/// The column `listed` of `topic_spans`. For each event, ascending by time, it has the time in microseconds
/// since 1970 in eight bytes, the length of the id in two bytes, both with the highest byte first, and the
/// id.
enum ListedEvents {
  /// An event as its span lists it.
  struct Event: Equatable {
    /// The event id.
    let id: [UInt8]
    /// Microseconds since 1970.
    let time: Int64
  }

  /// Number of bytes before each id.
  static let headBytes = 10

  /// Adds an event whose id is at `field` in `columns`. The length of every stored id fits into two bytes.
  static func append(time: Int64, id field: StagedEvent.Field, of columns: [UInt8], to bytes: inout [UInt8]) {
    precondition(field.count <= UInt16.max, "the length of a stored id fits into two bytes")
    withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(field.count).bigEndian) { bytes.append(contentsOf: $0) }
    columns.withUnsafeBytes { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[field.range])) }
  }

  /// The events whose times satisfy `isWanted`; nil when `bytes` is not a valid list. A list has at least one
  /// event.
  static func events(in bytes: RawSpan, where isWanted: (Int64) -> Bool) -> [Event]? {
    guard !bytes.isEmpty else { return nil }
    var events: [Event] = []
    var offset = 0
    while offset < bytes.byteCount {
      guard bytes.byteCount - offset >= headBytes else { return nil }
      // Every bit pattern is an integer, and the bounds are checked.
      let time = Int64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Int64.self))
      let length = UInt16(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt16.self))
      let start = offset + headBytes
      guard bytes.byteCount - start >= Int(length) else { return nil }
      offset = start + Int(length)
      guard isWanted(time) else { continue }
      let id = bytes.extracting(start..<offset).withUnsafeBytes { Array($0) }
      events.append(Event(id: id, time: time))
    }
    assert(offset == bytes.byteCount, "the last event ends with the list")
    return events
  }
}
