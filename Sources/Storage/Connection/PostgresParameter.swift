internal import CPostgres
internal import WireProtocol

/// The value of a `$n` in a statement, in the binary format of its type
/// (the `*_recv` functions of Postgres; `spec/schema.md` names the types).
struct PostgresParameter: Sendable {
  /// The type's OID, 0 to let the server infer it.
  let type: Oid
  /// The value; nil for NULL.
  let bytes: [UInt8]?
  /// Whether `bytes` is the binary form, else text.
  let isBinary: Bool

  private init(_ type: Oid, _ bytes: [UInt8]?, isBinary: Bool = true) {
    self.type = type
    self.bytes = bytes
    self.isBinary = isBinary
  }

  /// NULL of whatever type the statement expects.
  static let null = PostgresParameter(0, nil)

  /// The text form of a value whose type the statement tells.
  static func literal(_ text: String) -> PostgresParameter {
    PostgresParameter(0, Array(text.utf8), isBinary: false)
  }

  /// `text`.
  static func text(_ value: String) -> PostgresParameter { PostgresParameter(25, Array(value.utf8)) }

  /// `bigint`.
  static func bigint(_ value: Int64) -> PostgresParameter { PostgresParameter(20, bigEndian(value)) }

  /// `int`.
  static func int(_ value: Int32) -> PostgresParameter { PostgresParameter(23, bigEndian(value)) }

  /// `bool`.
  static func bool(_ value: Bool) -> PostgresParameter { PostgresParameter(16, [value ? 1 : 0]) }

  /// `bytea`.
  static func bytes(_ value: [UInt8]) -> PostgresParameter { PostgresParameter(17, value) }

  /// `timestamptz`, from microseconds since 1970; what lies outside 64 bits becomes the nearest infinity.
  static func time(_ microseconds: Int64) -> PostgresParameter {
    PostgresParameter(1184, bigEndian(PostgresTime.nearest(microseconds)))
  }

  /// `uuid`.
  static func uuid(_ value: ProducerID) -> PostgresParameter { PostgresParameter(2950, octets(value)) }

  /// `bigint[]`, where nil is NULL.
  static func bigints(_ values: some Sequence<Int64?>) -> PostgresParameter {
    array(1016, of: 20, values.map { $0.map { bigEndian($0) } })
  }

  /// `int[]`.
  static func ints(_ values: some Sequence<Int32>) -> PostgresParameter {
    array(1007, of: 23, integers: values)
  }

  /// `uuid[]`.
  static func uuids(_ values: some Sequence<ProducerID>) -> PostgresParameter {
    array(2951, of: 2950, values.map { octets($0) })
  }

  /// `text[]`, where nil is NULL.
  static func texts(_ values: some Sequence<String?>) -> PostgresParameter {
    array(1009, of: 25, values.map { $0.map { Array($0.utf8) } })
  }

  /// `text[]` of values that are known to be UTF-8, where nil is NULL.
  static func texts(utf8 values: some Sequence<[UInt8]?>) -> PostgresParameter {
    array(1009, of: 25, Array(values))
  }

  /// `text[]` that is encoded already.
  static func texts(_ values: ArrayElements) -> PostgresParameter { array(1009, of: 25, values) }

  /// `timestamptz[]`, each as in `time`.
  static func times(_ values: some Sequence<Int64>) -> PostgresParameter {
    array(1185, of: 1184, integers: values.lazy.map { PostgresTime.nearest($0) })
  }

  /// `timestamptz[]`, none of them infinite.
  static func finiteTimes(_ values: some Sequence<Int64>) -> PostgresParameter {
    array(1185, of: 1184, integers: values.lazy.map { PostgresTime.finite($0) })
  }

  /// `bytea[]`, where nil is NULL.
  static func byteStrings(_ values: some Sequence<[UInt8]?>) -> PostgresParameter {
    array(1001, of: 17, Array(values))
  }

  /// `bytea[]` that is encoded already.
  static func byteStrings(_ values: ArrayElements) -> PostgresParameter { array(1001, of: 17, values) }

  private static func array(_ type: Oid, of element: Oid, _ values: ArrayElements) -> PostgresParameter {
    var bytes = arrayHeader(of: element, count: values.count, hasNulls: values.hasNulls)
    bytes.reserveCapacity(bytes.count + values.bytes.count)
    bytes += values.bytes
    return PostgresParameter(type, bytes)
  }

  private static func array<Integers: Sequence>(
    _ type: Oid, of element: Oid, integers values: Integers
  ) -> PostgresParameter where Integers.Element: FixedWidthInteger {
    var elements = ArrayElements()
    elements.reserveCapacity(values.underestimatedCount * (4 + MemoryLayout<Integers.Element>.size))
    for value in values {
      withUnsafeBytes(of: value.bigEndian) { elements.append($0.bytes) }
    }
    return array(type, of: element, elements)
  }

  private static func array(_ type: Oid, of element: Oid, _ values: [[UInt8]?]) -> PostgresParameter {
    var bytes = arrayHeader(of: element, count: values.count, hasNulls: values.contains { $0 == nil })
    bytes.reserveCapacity(values.reduce(bytes.count) { $0 + 4 + ($1?.count ?? 0) })
    for value in values {
      bytes += bigEndian(Int32(value?.count ?? -1))
      if let value { bytes += value }
    }
    return PostgresParameter(type, bytes)
  }

  /// `array_recv`: dimensions, whether there are NULLs, the element's type, length and lower bound of the
  /// one dimension; every element with its length in front follows.
  private static func arrayHeader(of element: Oid, count: Int, hasNulls: Bool) -> [UInt8] {
    var bytes = bigEndian(Int32(count == 0 ? 0 : 1)) + bigEndian(Int32(hasNulls ? 1 : 0))
    bytes += bigEndian(element)
    if count > 0 { bytes += bigEndian(Int32(count)) + bigEndian(Int32(1)) }
    return bytes
  }

  private static func octets(_ value: ProducerID) -> [UInt8] {
    bigEndian(value.high) + bigEndian(value.low)
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
