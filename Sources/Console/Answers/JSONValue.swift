import TextFormats

/// A JSON value (RFC 8259) with its members in order and its numbers as they were written, so that nothing of an
/// answer is lost when it is printed.
enum JSONValue: Hashable, Sendable {
  /// A member of an object.
  struct Member: Hashable, Sendable {
    let name: String
    let value: JSONValue
  }

  case object([Member])
  case array([JSONValue])
  case string(String)
  /// The digits of a number.
  case number(String)
  case bool(Bool)
  case null

  /// Reads one value.
  /// - Throws: `JSONSyntaxError` when `bytes` are no JSON, or are nested deeper than `JSONReader.deepest`.
  init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
    self = try JSONReader.read(bytes.span.bytes)
  }

  /// The first member of this name; nil when there is no such member, or when this is no object.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text of a string; nil for another value.
  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The elements of an array; nil for another value.
  var elements: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The number; nil for another value, and for one beyond the range of floating point.
  var number: Double? {
    guard case .number(let digits) = self, let number = Double(digits), number.isFinite else { return nil }
    return number
  }

  /// The whole number; nil for another value, and for one beyond 64 bits.
  var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
  }

  /// Whether this is `true`; nil for another value than `true` and `false`.
  var truth: Bool? {
    guard case .bool(let truth) = self else { return nil }
    return truth
  }

  /// A string, number, `true` or `false` as text; nil for another value.
  var scalar: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .bool(let truth): "\(truth)"
    case .object, .array, .null: nil
    }
  }
}

/// Builds values from the tokens of the scanner.
private struct JSONReader {
  /// The deepest nesting that is read, far above `limits.json.depth`. Deeper text is an error, because each level
  /// takes a part of the stack.
  static let deepest = 1_000

  private var scanner: JSONScanner
  private var text: [UInt8] = []

  static func read(_ bytes: RawSpan) throws(JSONSyntaxError) -> JSONValue {
    var reader = JSONReader(scanner: JSONScanner(0..<bytes.byteCount))
    let value = try reader.value(in: bytes, depth: 1)
    guard reader.scanner.isAtEnd(in: bytes) else {
      throw reader.scanner.error("there is more than one value")
    }
    return value
  }

  private mutating func value(in bytes: RawSpan, depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth <= Self.deepest else { throw scanner.error("the nesting is too deep") }
    switch scanner.peek(in: bytes) {
    case UInt8(ascii: "{"): return try object(in: bytes, depth: depth)
    case UInt8(ascii: "["): return try array(in: bytes, depth: depth)
    case UInt8(ascii: "\""):
      // Half of a surrogate pair is left out: the server stores no such text.
      _ = try scanner.string(into: &text, in: bytes)
      return .string(String(decoding: text, as: UTF8.self))
    default:
      let range = try scanner.value(in: bytes)
      let word = bytes.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      switch word {
      case "true": return .bool(true)
      case "false": return .bool(false)
      case "null": return .null
      default:
        // `Double` also reads words such as nan.
        guard word.allSatisfy({ "0123456789+-.eE".contains($0) }), Double(word) != nil else {
          throw scanner.error("a value is not JSON")
        }
        return .number(word)
      }
    }
  }

  private mutating func object(in bytes: RawSpan, depth: Int) throws(JSONSyntaxError) -> JSONValue {
    try scanner.take("{", in: bytes)
    var members: [JSONValue.Member] = []
    guard !scanner.takes("}", in: bytes) else { return .object(members) }
    repeat {
      try scanner.name(into: &text, in: bytes)
      let name = String(decoding: text, as: UTF8.self)
      members.append(JSONValue.Member(name: name, value: try value(in: bytes, depth: depth + 1)))
    } while scanner.takes(",", in: bytes)
    try scanner.take("}", in: bytes)
    return .object(members)
  }

  private mutating func array(in bytes: RawSpan, depth: Int) throws(JSONSyntaxError) -> JSONValue {
    try scanner.take("[", in: bytes)
    var elements: [JSONValue] = []
    guard !scanner.takes("]", in: bytes) else { return .array(elements) }
    repeat { elements.append(try value(in: bytes, depth: depth + 1)) } while scanner.takes(",", in: bytes)
    try scanner.take("]", in: bytes)
    return .array(elements)
  }
}
