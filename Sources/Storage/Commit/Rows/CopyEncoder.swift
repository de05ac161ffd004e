internal import PostgresClient
internal import StoreInterface

/// Encodes events as rows of a binary COPY into a buffer that is reused.
///
/// Pure: it uses neither sockets nor libpq. Bytes are copied once, from the batch's columns into the buffer.
/// Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"; the columns are those of
/// `StagingTable`.
struct CopyEncoder: ~Copyable {
  private var buffer: UnsafeMutableRawBufferPointer
  private var count = 0
  private let payloadType: PayloadType

  /// Size in bytes of a row with empty fields: the field count, six lengths, and the fixed-width fields.
  private static let fixedRowBytes = 2 + 6 * 4 + 8 + 8
  private static let fieldCount: UInt16 = 6

  /// Creates an encoder with a buffer of `capacity` bytes. The buffer grows when a row needs more.
  init(payloadType: PayloadType, capacity: Int = 128 << 10) {
    precondition(capacity >= 64, "room for the header and a small row")
    self.payloadType = payloadType
    self.buffer = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Number of bytes that are encoded and not yet taken.
  var byteCount: Int { count }

  /// Discards the encoded bytes and writes the header of a COPY.
  mutating func begin() {
    count = 0
    for byte in "PGCOPY\n".utf8 { put(byte) }
    for byte: UInt8 in [0xFF, 0x0D, 0x0A, 0x00] { put(byte) }
    put(UInt32(0))  // flags
    put(UInt32(0))  // length of the header's extension
  }

  /// Writes the trailer that ends a COPY.
  mutating func end() {
    precondition(count + 2 <= buffer.count, "every row leaves room for the trailer")
    put(UInt16.max)
  }

  /// Lends the encoded bytes to `sink`, then discards them.
  mutating func take<Failure: Error>(
    _ sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let filled = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    count = 0
    try sink(filled)
  }

  /// Whether the buffer has no room for a row of `size` bytes and the trailer.
  func isFull(for size: Int) -> Bool {
    count + size + 2 > buffer.count
  }

  /// Maximum size in bytes of the row of `event`.
  func rowBytes(_ event: StagedEvent) -> Int {
    Self.fixedRowBytes + Int(event.id.count) + Int(event.topic.count) + Int(event.source.count)
      + Int(event.payload?.count ?? 0) + 1
  }

  /// Appends the row of an event. The buffer grows if the row does not fit.
  /// - Parameter bytes: The columns of the event's batch.
  mutating func append(_ event: StagedEvent, batchID: Int64, from bytes: UnsafeRawBufferPointer) {
    reserve(rowBytes(event))
    let start = count
    defer { assert(count - start <= rowBytes(event), "a row is not larger than announced") }
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
      put(UInt8(1))  // the version of jsonb's binary form, which is text anyway
      copy(bytes, field)
    }
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer, _ field: StagedEvent.Field) {
    put(field.count)
    copy(bytes, field)
  }

  private mutating func copy(_ bytes: UnsafeRawBufferPointer, _ field: StagedEvent.Field) {
    let end = count + Int(field.count)
    assert(field.range.upperBound <= bytes.count, "the field is in the columns of its batch")
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
