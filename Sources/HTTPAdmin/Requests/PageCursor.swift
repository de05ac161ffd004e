internal import TextFormats
import WireProtocol

/// The position of the next page of a list. Clients treat it as opaque and return it unchanged.
///
/// It consists of fields, each after its length in two bytes, and a digest of the fields and the query. The
/// digest rejects a cursor that was cut, made up, or used with another query. It does not protect against
/// forgery, because a forged cursor reads only events that a query may read anyway.
struct PageCursor: Hashable, Sendable {
  /// The values of the position, in the form that the list defines.
  let fields: [[UInt8]]

  /// Creates a cursor of `fields`, of at most 65,535 bytes each.
  init(_ fields: [[UInt8]]) {
    assert(fields.allSatisfy { $0.count <= Int(UInt16.max) }, "a field's length must fit two bytes")
    self.fields = fields
  }

  /// Reads a cursor of `query`; nil when `text` is not one.
  init?(_ text: String, for query: String) {
    guard let bytes = Base64.bytes(urlText: text), bytes.count >= 8 else { return nil }
    let content = Array(bytes.dropLast(8))
    guard Self.digest(content, query) == Array(bytes.suffix(8)), let fields = Self.split(content) else {
      return nil
    }
    self.fields = fields
  }

  /// Returns the text of this cursor for the next page of `query`.
  func text(for query: String) -> String {
    let content = fields.flatMap { field in
      [UInt8(truncatingIfNeeded: field.count >> 8), UInt8(truncatingIfNeeded: field.count)] + field
    }
    return Base64.urlText(content + Self.digest(content, query))
  }

  private static func split(_ content: [UInt8]) -> [[UInt8]]? {
    var fields: [[UInt8]] = []
    var rest = content[...]
    while let high = rest.popFirst() {
      guard let low = rest.popFirst() else { return nil }
      let count = Int(high) << 8 | Int(low)
      guard rest.count >= count else { return nil }
      fields.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return fields
  }

  private static func digest(_ content: [UInt8], _ query: String) -> [UInt8] {
    let text = content + Array(query.utf8)
    return bytes(of: Digest64.digest(of: text.span.bytes))
  }
}

/// Numbers and texts in fields.
extension PageCursor {
  /// Returns a number as bytes, the most significant byte first.
  static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// Returns field `index` as a number; nil when the field has another size.
  func number<Number: FixedWidthInteger>(_ index: Int, as type: Number.Type = Number.self) -> Number? {
    guard fields.indices.contains(index), fields[index].count == MemoryLayout<Number>.size else { return nil }
    return fields[index].reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  /// Returns field `index` as text; nil when the field is not UTF-8.
  func text(_ index: Int) -> String? {
    guard fields.indices.contains(index) else { return nil }
    return String(validating: fields[index], as: UTF8.self)
  }
}
