/// The column `listed` of `topic_spans`: for each event, ascending by time, its time in microseconds since
/// 1970 in eight bytes, the length of its id in two, both with the highest byte first, and the id.
enum ListedEvents {
  /// An event as its span names it.
  struct Event: Equatable {
    /// The event id.
    let id: [UInt8]
    /// Microseconds since 1970.
    let time: Int64
  }

  /// Bytes in front of each id.
  static let headBytes = 10

  /// Adds an event whose id stands in `columns` at `field`. No id that is stored is longer than two bytes can
  /// say.
  static func append(time: Int64, id field: StagedEvent.Field, of columns: [UInt8], to bytes: inout [UInt8]) {
    withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt16(field.count).bigEndian) { bytes.append(contentsOf: $0) }
    columns.withUnsafeBytes { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[field.range])) }
  }

  /// Those of the events that have wanted times; nil when the bytes are no such list. A list has at least one
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
    return events
  }
}
