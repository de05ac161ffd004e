/// A payload by RFC 8259 and the specification's limits, read from the left.
struct ReferenceJSON {
  private let bytes: [UInt8]
  private let broken: Rule?
  private var at = 0
  private var depth = 0

  init(_ bytes: [UInt8], broken: Rule?) {
    (self.bytes, self.broken) = (bytes, broken)
  }

  /// Why the payload is dead.
  var fault: String? {
    let isLong = bytes.count > 256 << 10 && broken != .payloadLength
    if broken == .payloadLengthFirst, !ReferenceText.isUTF8(bytes, broken: nil) { return "payload_text" }
    if isLong { return "payload_length" }
    if broken == .firstFromTheLeft, !ReferenceText.isUTF8(bytes, broken: nil) { return "payload_text" }
    if broken == .emptyPayload, bytes.isEmpty { return nil }
    var reader = self
    do {
      try reader.value()
      reader.space()
      if reader.at < bytes.count, broken != .trailingText { throw reader.unexpected }
      return nil
    } catch {
      return (error as? Violation)?.code
    }
  }

  private var now: UInt8? { at < bytes.count ? bytes[at] : nil }

  private var unexpected: Violation {
    guard at < bytes.count else { return Violation("payload_syntax") }
    let isText = ReferenceText.size(at, bytes, broken: broken) != nil
    return Violation(isText ? "payload_syntax" : "payload_text")
  }

  private func character(_ text: Unicode.Scalar) -> Bool { now == UInt8(ascii: text) }

  private mutating func space() {
    while let byte = now, [0x20, 0x09, 0x0A, 0x0D].contains(byte) || byte == 0x0B && broken == .jsonSpace {
      at += 1
    }
  }

  private mutating func expect(_ text: Unicode.Scalar) throws {
    guard character(text) else { throw unexpected }
    at += 1
  }

  private mutating func value() throws {
    space()
    switch now {
    case UInt8(ascii: "{"): try nested("}", .depthOfObjects) { try $0.member() }
    case UInt8(ascii: "["): try nested("]", .depthOfArrays) { try $0.value() }
    case UInt8(ascii: "\""): try string(isKey: false)
    case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
      try number()
    default:
      for word in ["true", "false", "null"] where bytes[at...].starts(with: word.utf8) {
        at += word.utf8.count
        return
      }
      throw unexpected
    }
  }

  private mutating func member() throws {
    space()
    try string(isKey: true)
    space()
    try expect(":")
    try value()
  }

  private mutating func nested(
    _ end: Unicode.Scalar, _ rule: Rule, _ element: (inout ReferenceJSON) throws -> Void
  ) throws {
    depth += 1
    if depth > 128, broken != rule { throw Violation("payload_depth") }
    defer { if broken != .depthCloses { depth -= 1 } }
    at += 1
    space()
    if character(end) {
      at += 1
      return
    }
    while true {
      try element(&self)
      space()
      if character(end) { break }
      try expect(",")
      space()
      if broken == .trailingComma, character(end) { break }
    }
    at += 1
  }

  private mutating func string(isKey: Bool) throws {
    try expect("\"")
    while let byte = now {
      if byte == UInt8(ascii: "\"") {
        at += 1
        return
      }
      if byte == UInt8(ascii: "\\") {
        try escape(isKey: isKey)
      } else if byte < 0x20, broken != .controlCharacters {
        throw Violation("payload_syntax")
      } else {
        guard let size = ReferenceText.size(at, bytes, broken: broken) else {
          throw Violation("payload_text")
        }
        at += size
      }
    }
    throw Violation("payload_syntax")
  }

  private mutating func escape(isKey: Bool) throws {
    at += 1
    guard character("u") else {
      guard let byte = now, "\"\\/bfnrt".utf8.contains(byte) || broken == .escapes && byte >= 0x20 else {
        throw Violation("payload_syntax")
      }
      at += 1
      return
    }
    guard let unit = hexadecimal(at + 1) else { throw Violation("payload_syntax") }
    at += 5
    let isLenient = isKey && broken == .escapesInKeys
    if unit == 0, !isLenient, broken != .nullEscape { throw Violation("payload_escape") }
    if (0xDC00...0xDFFF).contains(unit), !isLenient, broken != .lowAlone { throw Violation("payload_escape") }
    guard (0xD800...0xDBFF).contains(unit), broken != .highAlone, !isLenient else { return }
    let isPair =
      broken != .pairs && bytes[at...].starts(with: "\\u".utf8)
      && hexadecimal(at + 2).map { (0xDC00...0xDFFF).contains($0) } == true
    guard isPair else { throw Violation("payload_escape") }
    at += 6
  }

  private func hexadecimal(_ start: Int) -> Int? {
    guard start + 4 <= bytes.count else { return nil }
    let digits = String(decoding: bytes[start..<(start + 4)], as: UTF8.self)
    return digits.allSatisfy { $0.isHexDigit && $0.isASCII } ? Int(digits, radix: 16) : nil
  }

  private mutating func digits() throws -> [UInt8] {
    let start = at
    while let byte = now, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
    guard at > start else { throw Violation("payload_syntax") }
    return Array(bytes[start..<at])
  }

  private mutating func number() throws {
    if character("-") { at += 1 }
    let zero = UInt8(ascii: "0")
    let whole = try digits()
    if whole.count > 1, whole[0] == zero, broken != .leadingZero { throw Violation("payload_syntax") }
    var fraction: [UInt8] = []
    if character(".") {
      at += 1
      fraction = try digits()
    }
    var (exponent, isWritten) = (0, false)
    if character("e") || character("E") {
      at += 1
      isWritten = true
      let isNegative = character("-")
      if isNegative || character("+") { at += 1 }
      exponent = try digits().reduce(0) { sum, digit in
        let next = sum &* 10 &+ Int(digit - zero)
        return broken == .exponentOverflow ? Int(Int8(truncatingIfNeeded: next)) : min(next, 1 << 40)
      }
      if isNegative { exponent = -exponent }
    }
    guard isWritten || broken != .digitsWithoutExponent else { return }
    var leading = exponent
    if broken != .exponentOfValue {
      if whole[0] != zero {
        leading += whole.count - 1
      } else if let place = fraction.firstIndex(where: { $0 != zero }) {
        leading -= place + 1
      } else if broken == .exponentOfZero {
        leading = 0
      }
    }
    if leading > 300 || leading < -300 && broken != .exponentSmall { throw Violation("payload_number") }
    if fraction.count - exponent > 16_383, broken != .digitsBehindThePoint {
      throw Violation("payload_number")
    }
  }
}
