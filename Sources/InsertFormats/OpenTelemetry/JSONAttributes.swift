internal import TextFormats

/// Writes values and attributes of OTLP in JSON as plain JSON text. Strings are copied as they are written.
extension JSONTextBuilder {
  /// Adds the `AnyValue` at `scanner`: an object with at most one known member; null without one.
  ///
  /// Reads each byte once, however deep the value is nested.
  mutating func anyValue(
    _ scanner: inout JSONScanner, in bytes: RawSpan, depth: Int = 0
  ) throws(JSONSyntaxError) {
    guard depth < Self.deepestLogValue else {
      throw scanner.error("a value is nested deeper than \(Self.deepestLogValue) levels")
    }
    var isEmpty = true
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      guard let kind = JSONLogValue(name: name) else {
        _ = try scanner.value(in: bytes)
        return
      }
      if try scanner.takesNull(in: bytes) { return }
      guard isEmpty else { throw scanner.error("a value has more than one kind") }
      isEmpty = false
      try add(kind, &scanner, in: bytes, depth: depth)
    }
    if isEmpty { add("null") }
  }

  private mutating func add(
    _ kind: JSONLogValue, _ scanner: inout JSONScanner, in bytes: RawSpan, depth: Int
  ) throws(JSONSyntaxError) {
    switch kind {
    case .string, .bytes: add(try scanner.stringToken(in: bytes), of: bytes)
    case .bool: add(try scanner.word(in: bytes), of: bytes)
    case .int: add(try scanner.integerToken(in: bytes), of: bytes)
    case .double: add(try scanner.value(in: bytes), of: bytes)
    case .array: try list(&scanner, in: bytes, depth: depth + 1, isObject: false)
    case .keyValueList: try list(&scanner, in: bytes, depth: depth + 1, isObject: true)
    }
  }

  /// Adds the elements of the member `values` as an array or as an object.
  private mutating func list(
    _ scanner: inout JSONScanner, in bytes: RawSpan, depth: Int, isObject: Bool
  ) throws(JSONSyntaxError) {
    var isFirst = true
    noteNesting()
    add(byte: UInt8(ascii: isObject ? "{" : "["))
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      guard name.elementsEqual("values".utf8) else {
        _ = try scanner.value(in: bytes)
        return
      }
      try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
        if !isFirst { add(byte: UInt8(ascii: ",")) }
        isFirst = false
        if isObject {
          try attribute(&scanner, in: bytes, depth: depth)
        } else {
          try anyValue(&scanner, in: bytes, depth: depth)
        }
      }
    }
    add(byte: UInt8(ascii: isObject ? "}" : "]"))
  }

  /// Adds the `KeyValue` at `scanner` as a member.
  /// - Returns: the ranges of the key's token and of the value.
  @discardableResult
  mutating func attribute(
    _ scanner: inout JSONScanner, in bytes: RawSpan, depth: Int = 0
  ) throws(JSONSyntaxError) -> (key: Range<Int>, value: Range<Int>) {
    let start = scanner
    let place = self.bytes.count
    var key: Range<Int>?
    var value: Range<Int>?
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      if name.elementsEqual("key".utf8) {
        guard key == nil else { throw scanner.error("an attribute has two keys") }
        let token = try scanner.stringToken(in: bytes)
        key = token
        // The key comes first in practice, but the order of members is free.
        insert(token, of: bytes, at: place)
      } else if name.elementsEqual("value".utf8) {
        guard value == nil else { throw scanner.error("an attribute has two values") }
        let first = scanner.place
        if try scanner.takesNull(in: bytes) {
          add("null")
        } else {
          try anyValue(&scanner, in: bytes, depth: depth)
        }
        value = first..<scanner.place
      } else {
        _ = try scanner.value(in: bytes)
      }
    }
    guard let key else { throw start.error("an attribute has no key") }
    if value == nil { add("null") }
    return (key, value ?? key.upperBound..<key.upperBound)
  }

  /// Inserts the token of a key and a colon.
  private mutating func insert(_ token: Range<Int>, of source: RawSpan, at place: Int) {
    if place == bytes.count {
      add(token, of: source)
      add(byte: UInt8(ascii: ":"))
    } else {
      insert(source.copy(token) + [UInt8(ascii: ":")], at: place)
    }
  }
}

/// The members of an `AnyValue` in JSON.
enum JSONLogValue: String, CaseIterable {
  case string = "stringValue"
  case bool = "boolValue"
  case int = "intValue"
  case double = "doubleValue"
  case array = "arrayValue"
  case keyValueList = "kvlistValue"
  case bytes = "bytesValue"

  init?(name: [UInt8]) {
    guard let kind = Self.allCases.first(where: { name.elementsEqual($0.rawValue.utf8) }) else { return nil }
    self = kind
  }
}
