/// Encodes events as rows of a binary COPY into a buffer that is used again and again.
///
/// Pure: it knows neither sockets nor libpq. Bytes are copied once, from the batch's columns into the
/// buffer. Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"; the columns are
/// those of `StagingTable`.
struct CopyEncoder: ~Copyable {
  private var buffer: UnsafeMutableRawBufferPointer
  private var count = 0
  private let payloadType: PayloadType

  /// Bytes of a row that are always there: the field count, six lengths, and the fixed-width fields.
  private static let fixedRowBytes = 2 + 6 * 4 + 8 + 8
  private static let fieldCount: UInt16 = 6

  /// An encoder with room for `capacity` bytes; it grows when one row needs more.
  init(payloadType: PayloadType, capacity: Int = 128 << 10) {
    precondition(capacity >= 64, "room for the header and a small row")
    self.payloadType = payloadType
    self.buffer = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Bytes encoded and not yet taken.
  var byteCount: Int { count }

  /// Forgets what was encoded and writes the header that begins a COPY.
  mutating func begin() {
    count = 0
    for byte in "PGCOPY\n".utf8 { put(byte) }
    for byte: UInt8 in [0xFF, 0x0D, 0x0A, 0x00] { put(byte) }
    put(UInt32(0))  // flags
    put(UInt32(0))  // length of the header's extension
  }

  /// Writes the trailer that ends a COPY.
  mutating func end() {
    put(UInt16.max)
  }

  /// Lends what was encoded to `sink`, then forgets it.
  mutating func take<Failure: Error>(
    _ sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let filled = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    count = 0
    try sink(filled)
  }

  /// Whether the buffer has no room for a row that needs `size` bytes and the trailer.
  func isFull(for size: Int) -> Bool {
    count + size + 2 > buffer.count
  }

  /// The bytes that the row of `event` takes at most.
  func rowBytes(_ event: StagedEvent) -> Int {
    Self.fixedRowBytes + Int(event.id.count) + Int(event.topic.count) + Int(event.source.count)
      + Int(event.payload?.count ?? 0) + 1
  }

  /// Appends the row of an event. The buffer grows if it must.
  /// - Parameter bytes: the columns of the event's batch.
  mutating func append(_ event: StagedEvent, batchID: Int64, from bytes: UnsafeRawBufferPointer) {
    reserve(rowBytes(event))
    put(Self.fieldCount)
    put(UInt32(8))
    put(UInt64(bitPattern: batchID))
    put(bytes, event.id)
    put(bytes, event.topic)
    put(UInt32(8))
    put(UInt64(bitPattern: PostgresTime.finite(event.time)))
    put(bytes, event.source)
    putPayload(bytes, event.payload)
  }

  private mutating func putPayload(_ bytes: UnsafeRawBufferPointer, _ field: StagedEvent.Field?) {
    guard let field else {
      put(UInt32.max)  // NULL
      return
    }
    switch payloadType {
    case .json:
      put(bytes, field)
    case .jsonb:
      put(field.count + 1)
      put(UInt8(1))  // the version of jsonb's binary form, which is text all the same
      copy(bytes, field)
    }
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer, _ field: StagedEvent.Field) {
    put(field.count)
    copy(bytes, field)
  }

  private mutating func copy(_ bytes: UnsafeRawBufferPointer, _ field: StagedEvent.Field) {
    let end = count + Int(field.count)
    UnsafeMutableRawBufferPointer(rebasing: buffer[count..<end])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[field.range]))
    count = end
  }

  private mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    assert(count + MemoryLayout<Value>.size <= buffer.count, "room was reserved for the row")
    buffer.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  private mutating func reserve(_ size: Int) {
    guard isFull(for: size) else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(buffer.count * 2, count + size + 2), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    buffer.deallocate()
    buffer = larger
  }
}
