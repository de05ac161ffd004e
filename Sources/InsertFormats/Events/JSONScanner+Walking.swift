internal import TextFormats

/// Walks through objects and arrays, and takes tokens of one kind. A value of another kind is an error.
extension JSONScanner {
  /// Calls `member` with the name of each member and the scanner in front of its value. `member` must consume the value.
  mutating func members(
    in bytes: RawSpan, _ member: (_ name: [UInt8], inout JSONScanner) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    var name: [UInt8] = []
    try take("{", in: bytes)
    if takes("}", in: bytes) { return }
    repeat {
      try self.name(into: &name, in: bytes)
      try member(name, &self)
    } while takes(",", in: bytes)
    try take("}", in: bytes)
  }

  /// Calls `element` with the scanner in front of each element. `element` must consume the element.
  mutating func elements(
    in bytes: RawSpan, _ element: (inout JSONScanner) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    try take("[", in: bytes)
    if takes("]", in: bytes) { return }
    repeat { try element(&self) } while takes(",", in: bytes)
    try take("]", in: bytes)
  }

  /// Consumes `null` if it is next. Returns whether it was next.
  mutating func takesNull(in bytes: RawSpan) throws(JSONSyntaxError) -> Bool {
    guard peek(in: bytes) == UInt8(ascii: "n") else { return false }
    let start = self
    guard bytes.equals(try value(in: bytes), "null") else { throw start.error("a word is not JSON") }
    return true
  }

  /// Consumes a string, with its quotation marks.
  mutating func stringToken(in bytes: RawSpan) throws(JSONSyntaxError) -> Range<Int> {
    guard peek(in: bytes) == UInt8(ascii: "\"") else { throw error("a string is missing") }
    return try value(in: bytes)
  }

  /// Consumes `true` or `false`.
  mutating func word(in bytes: RawSpan) throws(JSONSyntaxError) -> Range<Int> {
    let start = self
    let range = try value(in: bytes)
    guard bytes.equals(range, "true") || bytes.equals(range, "false") else {
      throw start.error("true or false is missing")
    }
    return range
  }

  /// Consumes an integer, or a string of one, as the JSON form of Protocol Buffers writes 64 bits.
  /// - Returns: the range of the digits with their sign.
  mutating func integerToken(in bytes: RawSpan) throws(JSONSyntaxError) -> Range<Int> {
    let start = self
    var range = try value(in: bytes)
    if JSONScanner.byte(range.lowerBound, bytes) == UInt8(ascii: "\"") {
      range = range.lowerBound + 1..<range.upperBound - 1
    }
    let isNegative = !range.isEmpty && JSONScanner.byte(range.lowerBound, bytes) == UInt8(ascii: "-")
    let digits = range.dropFirst(isNegative ? 1 : 0)
    guard (1...20).contains(digits.count),
      digits.allSatisfy({ (0x30...0x39).contains(JSONScanner.byte($0, bytes)) }),
      digits.count == 1 || JSONScanner.byte(digits.startIndex, bytes) != UInt8(ascii: "0")
    else { throw start.error("an integer is missing") }
    return range
  }

  /// Consumes an integer without a sign, or a string of one; an empty string and null are 0.
  mutating func unsigned(in bytes: RawSpan) throws(JSONSyntaxError) -> UInt64 {
    if try takesNull(in: bytes) { return 0 }
    let start = self
    var ahead = self
    let whole = try ahead.value(in: bytes)
    if bytes.equals(whole, "\"\"") {
      self = ahead
      return 0
    }
    let range = try integerToken(in: bytes)
    var number: UInt64 = 0
    for place in range {
      let digit = JSONScanner.byte(place, bytes) &- 0x30
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = product.addingReportingOverflow(UInt64(digit))
      guard digit < 10, !isTooLarge, !isLarger else {
        throw start.error("a number is not within 0 to 18446744073709551615")
      }
      number = sum
    }
    return number
  }
}

extension RawSpan {
  /// Whether `range` holds the text.
  func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return range.allSatisfy {
      unsafeLoad(fromByteOffset: $0, as: UInt8.self) == text.utf8Start[$0 - range.lowerBound]
    }
  }

  /// Copies the bytes in `range`.
  func copy(_ range: Range<Int>) -> [UInt8] {
    extracting(range).withUnsafeBytes { Array($0) }
  }
}
