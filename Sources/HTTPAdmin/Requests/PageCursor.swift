import WireProtocol

/// Where the next page of a list begins: opaque to clients, who give back what they were given.
///
/// A few fields, each behind its length in two bytes, and a digest over them and the query that they
/// belong to: a cursor that was cut, made up or taken to another query is refused. No protection against
/// forgery, and none is needed: a cursor says nothing that a query could not ask for.
struct PageCursor: Hashable, Sendable {
  /// The values that say where, as the list defines them.
  let fields: [[UInt8]]

  /// A cursor of `fields`, of at most 65,535 bytes each.
  init(_ fields: [[UInt8]]) {
    assert(fields.allSatisfy { $0.count <= Int(UInt16.max) })
    self.fields = fields
  }

  /// Reads a cursor that was made for `query`; nil when `text` is none.
  init?(_ text: String, for query: String) {
    guard let bytes = Base64.bytes(urlText: text), bytes.count >= 8 else { return nil }
    let content = Array(bytes.dropLast(8))
    guard Self.digest(content, query) == Array(bytes.suffix(8)), let fields = Self.split(content) else {
      return nil
    }
    self.fields = fields
  }

  /// The text that says this, for the next page of `query`.
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

/// Numbers and texts as fields.
extension PageCursor {
  /// A whole number, the most significant byte first.
  static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  /// Field `index` as a whole number; nil when it is none of this type.
  func number<Number: FixedWidthInteger>(_ index: Int, as type: Number.Type = Number.self) -> Number? {
    guard fields.indices.contains(index), fields[index].count == MemoryLayout<Number>.size else { return nil }
    return fields[index].reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  /// Field `index` as text; nil when it is none.
  func text(_ index: Int) -> String? {
    guard fields.indices.contains(index) else { return nil }
    return String(validating: fields[index], as: UTF8.self)
  }
}
