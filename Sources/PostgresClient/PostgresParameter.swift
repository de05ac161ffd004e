internal import CPostgres

/// The value of a `$n` in a statement, in the binary format of its type
/// (the `*_recv` functions of Postgres; `spec/schema.md` names the types).
package struct PostgresParameter: Sendable {
  /// OID of the type; 0 lets the server infer it.
  let type: Oid
  /// The value; nil for NULL.
  package let bytes: [UInt8]?
  /// Whether `bytes` is the binary form; else it is text.
  package let isBinary: Bool

  private init(_ type: Oid, _ bytes: [UInt8]?, isBinary: Bool = true) {
    self.type = type
    self.bytes = bytes
    self.isBinary = isBinary
  }

  /// NULL; the server infers the type from the statement.
  package static let null = PostgresParameter(0, nil)

  /// The text form of a value; the server infers the type from the statement.
  package static func literal(_ text: String) -> PostgresParameter {
    PostgresParameter(0, Array(text.utf8), isBinary: false)
  }

  /// `text`.
  package static func text(_ value: String) -> PostgresParameter { PostgresParameter(25, Array(value.utf8)) }

  /// `bigint`.
  package static func bigint(_ value: Int64) -> PostgresParameter { PostgresParameter(20, bigEndian(value)) }

  /// `int`.
  package static func int(_ value: Int32) -> PostgresParameter { PostgresParameter(23, bigEndian(value)) }

  /// `bool`.
  package static func bool(_ value: Bool) -> PostgresParameter { PostgresParameter(16, [value ? 1 : 0]) }

  /// `bytea`.
  package static func bytes(_ value: [UInt8]) -> PostgresParameter { PostgresParameter(17, value) }

  /// `timestamptz`, from microseconds since 1970. Times outside 64 bits become the nearest infinity.
  package static func time(_ microseconds: Int64) -> PostgresParameter {
    PostgresParameter(1184, bigEndian(PostgresTime.nearest(microseconds)))
  }

  /// `uuid`.
  package static func uuid(_ value: PostgresUUID) -> PostgresParameter {
    PostgresParameter(2950, octets(value))
  }

  /// `bigint[]`, where nil is NULL.
  package static func bigints(_ values: some Sequence<Int64?>) -> PostgresParameter {
    array(1016, of: 20, values.map { $0.map { bigEndian($0) } })
  }

  /// `int[]`.
  package static func ints(_ values: some Sequence<Int32>) -> PostgresParameter {
    array(1007, of: 23, integers: values)
  }

  /// `uuid[]`.
  package static func uuids(_ values: some Sequence<PostgresUUID>) -> PostgresParameter {
    array(2951, of: 2950, values.map { octets($0) })
  }

  /// `text[]`, where nil is NULL.
  package static func texts(_ values: some Sequence<String?>) -> PostgresParameter {
    array(1009, of: 25, values.map { $0.map { Array($0.utf8) } })
  }

  /// `text[]` of values that are valid UTF-8, where nil is NULL.
  package static func texts(utf8 values: some Sequence<[UInt8]?>) -> PostgresParameter {
    array(1009, of: 25, Array(values))
  }

  /// `text[]` whose elements are already encoded.
  package static func texts(_ values: ArrayElements) -> PostgresParameter { array(1009, of: 25, values) }

  /// `timestamptz[]`, each element as in `time(_:)`.
  package static func times(_ values: some Sequence<Int64>) -> PostgresParameter {
    array(1185, of: 1184, integers: values.lazy.map { PostgresTime.nearest($0) })
  }

  /// `timestamptz[]`, no element infinite; see `PostgresTime.finite(_:)`.
  package static func finiteTimes(_ values: some Sequence<Int64>) -> PostgresParameter {
    array(1185, of: 1184, integers: values.lazy.map { PostgresTime.finite($0) })
  }

  /// `bytea[]`, where nil is NULL.
  package static func byteStrings(_ values: some Sequence<[UInt8]?>) -> PostgresParameter {
    array(1001, of: 17, Array(values))
  }

  /// `bytea[]` whose elements are already encoded.
  package static func byteStrings(_ values: ArrayElements) -> PostgresParameter {
    array(1001, of: 17, values)
  }

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

  /// Header that `array_recv` expects: number of dimensions, whether there are NULLs, type of the elements,
  /// length and lower bound of the one dimension. The elements follow, each preceded by its length.
  private static func arrayHeader(of element: Oid, count: Int, hasNulls: Bool) -> [UInt8] {
    precondition(count <= Int(Int32.max), "the length of an array has 31 bits")
    var bytes = bigEndian(Int32(count == 0 ? 0 : 1)) + bigEndian(Int32(hasNulls ? 1 : 0))
    bytes += bigEndian(element)
    if count > 0 { bytes += bigEndian(Int32(count)) + bigEndian(Int32(1)) }
    return bytes
  }

  private static func octets(_ value: PostgresUUID) -> [UInt8] {
    bigEndian(value.high) + bigEndian(value.low)
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
