/// Goes through JSON (RFC 8259) once, strictly, and says where things stand. It keeps a position only; the
/// bytes, which are UTF-8, are lent to each call.
struct EventLineScanner {
  /// Nested arrays and objects at most, as in the server's default.
  static let deepest = 128

  private(set) var position = 0

  /// The next byte; nil at the end.
  func peek(_ bytes: RawSpan) -> UInt8? {
    position < bytes.byteCount ? bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self) : nil
  }

  /// Skips spaces, tabs and line ends.
  mutating func skipSpace(_ bytes: RawSpan) {
    while let byte = peek(bytes), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      position += 1
    }
  }

  /// Takes `byte` if it is next.
  mutating func take(_ byte: UInt8, _ bytes: RawSpan) -> Bool {
    guard peek(bytes) == byte else { return false }
    position += 1
    return true
  }

  mutating func expect(_ byte: UInt8, _ what: String, _ bytes: RawSpan) throws(LineProblem) {
    guard take(byte, bytes) else { throw .expected(what, at: position) }
  }

  /// Takes a word such as `null` if it is next.
  mutating func take(_ word: StaticString, _ bytes: RawSpan) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.byteCount - position >= count else { return false }
    for offset in 0..<count
    where bytes.unsafeLoad(fromByteOffset: position + offset, as: UInt8.self) != word.utf8Start[offset] {
      return false
    }
    position += count
    return true
  }

  /// Skips one value and returns where it stands.
  mutating func value(_ bytes: RawSpan, depth: Int = 0) throws(LineProblem) -> Range<Int> {
    let start = position
    switch peek(bytes) {
    case UInt8(ascii: "{"): try object(bytes, depth: depth + 1)
    case UInt8(ascii: "["): try array(bytes, depth: depth + 1)
    case UInt8(ascii: "\""): _ = try string(bytes)
    case .some(UInt8(ascii: "0")...UInt8(ascii: "9")), UInt8(ascii: "-"): try number(bytes)
    default:
      guard take("true", bytes) || take("false", bytes) || take("null", bytes) else {
        throw .expected("a JSON value", at: position)
      }
    }
    return start..<position
  }

  private mutating func object(_ bytes: RawSpan, depth: Int) throws(LineProblem) {
    guard depth <= Self.deepest else { throw LineProblem("more than \(Self.deepest) levels of nesting") }
    position += 1
    skipSpace(bytes)
    if take(UInt8(ascii: "}"), bytes) { return }
    repeat {
      skipSpace(bytes)
      _ = try string(bytes)
      skipSpace(bytes)
      try expect(UInt8(ascii: ":"), "a colon", bytes)
      skipSpace(bytes)
      _ = try value(bytes, depth: depth)
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    try expect(UInt8(ascii: "}"), "a comma or }", bytes)
  }

  private mutating func array(_ bytes: RawSpan, depth: Int) throws(LineProblem) {
    guard depth <= Self.deepest else { throw LineProblem("more than \(Self.deepest) levels of nesting") }
    position += 1
    skipSpace(bytes)
    if take(UInt8(ascii: "]"), bytes) { return }
    repeat {
      skipSpace(bytes)
      _ = try value(bytes, depth: depth)
      skipSpace(bytes)
    } while take(UInt8(ascii: ","), bytes)
    try expect(UInt8(ascii: "]"), "a comma or ]", bytes)
  }

  private mutating func number(_ bytes: RawSpan) throws(LineProblem) {
    _ = take(UInt8(ascii: "-"), bytes)
    if !take(UInt8(ascii: "0"), bytes) { try digits(bytes) }
    if take(UInt8(ascii: "."), bytes) { try digits(bytes) }
    if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
      if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
      try digits(bytes)
    }
  }

  private mutating func digits(_ bytes: RawSpan) throws(LineProblem) {
    let start = position
    while let byte = peek(bytes), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    guard position > start else { throw .expected("a digit", at: position) }
  }

  /// Moves on by `count` bytes, which the caller has looked at.
  mutating func advance(_ count: Int = 1) {
    position += count
  }
}
