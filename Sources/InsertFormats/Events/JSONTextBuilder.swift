internal import TextFormats

/// Builds JSON text (RFC 8259) in memory that is reused for the next text.
package struct JSONTextBuilder: Sendable {
  /// The text so far.
  package private(set) var bytes: [UInt8] = []

  /// Removes the text and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Adds text that is a part of a JSON text already.
  mutating func add(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Adds one byte of punctuation.
  mutating func add(byte: UInt8) {
    bytes.append(byte)
  }

  /// Adds `range` of `source`, which is a part of a JSON text already.
  mutating func add(_ range: Range<Int>, of source: RawSpan) {
    source.extracting(range).withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Adds bytes that are a part of a JSON text already.
  mutating func add(_ text: [UInt8]) {
    bytes.append(contentsOf: text)
  }

  /// Inserts bytes before the bytes at `place`.
  mutating func insert(_ text: [UInt8], at place: Int) {
    bytes.insert(contentsOf: text, at: place)
  }

  /// Adds a decimal integer.
  mutating func integer(_ value: some FixedWidthInteger & Sendable) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var place = digits.count
    var rest = value.magnitude
    repeat {
      place -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    } while rest > 0
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    digits.span.extracting(place..<digits.count).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
  }

  /// Adds the shortest number that reads as `value`. The values that JSON does not have are the strings of the JSON form
  /// of Protocol Buffers: "NaN", "Infinity", "-Infinity".
  mutating func double(_ value: Double) {
    if value.isNaN {
      add("\"NaN\"")
    } else if value.isInfinite {
      add(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
    } else {
      bytes.append(contentsOf: value.description.utf8)
    }
  }

  /// Adds the bytes as a string of Base64 with padding.
  mutating func base64(_ range: Range<Int>, of source: RawSpan) {
    let raw = source.copy(range)
    add(byte: UInt8(ascii: "\""))
    bytes.append(contentsOf: Base64.text(raw).utf8)
    add(byte: UInt8(ascii: "\""))
  }

  /// Adds the bytes as a string of hexadecimal digits in lower case.
  mutating func hexadecimal(_ range: Range<Int>, of source: RawSpan) {
    add(byte: UInt8(ascii: "\""))
    for place in range {
      let byte = JSONScanner.byte(place, source)
      bytes.append(HexadecimalDigit.digit(byte >> 4))
      bytes.append(HexadecimalDigit.digit(byte & 15))
    }
    add(byte: UInt8(ascii: "\""))
  }
}

extension JSONTextBuilder {
  /// Adds a string of the text in `range` of `source`. Bytes that are not UTF-8 are copied unchanged.
  mutating func string(_ range: Range<Int>, of source: RawSpan) {
    add(byte: UInt8(ascii: "\""))
    let text = source.extracting(range)
    var plain = 0
    var place = 0
    while place < text.byteCount {
      if place &+ 8 <= text.byteCount,
        Self.isPlain(text.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
      {
        place &+= 8
        continue
      }
      let byte = JSONScanner.byte(place, text)
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        // The byte itself begins the next piece, so that a piece is added once for each escape.
        add(plain..<place, of: text)
        bytes.append(UInt8(ascii: "\\"))
        plain = place
      } else if byte < 0x20 {
        add(plain..<place, of: text)
        escape(byte)
        plain = place &+ 1
      }
      place &+= 1
    }
    add(plain..<place, of: text)
    add(byte: UInt8(ascii: "\""))
  }

  /// Adds a string of `text`.
  mutating func string(_ text: [UInt8]) {
    string(0..<text.count, of: text.span.bytes)
  }

  /// Whether none of eight bytes needs an escape. May be false without need for bytes above 0x7F.
  @inline(__always)
  private static func isPlain(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ ones &* 0x22
    let slashes = word ^ ones &* 0x5C
    let finds = (word &- ones &* 0x20) | (quotes &- ones) | (slashes &- ones) | word
    return finds & (ones &* 0x80) == 0
  }

  /// Adds a control character.
  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case 0x0A: add("\\n")
    case 0x0D: add("\\r")
    case 0x09: add("\\t")
    default:
      add("\\u00")
      bytes.append(HexadecimalDigit.digit(byte >> 4))
      bytes.append(HexadecimalDigit.digit(byte & 15))
    }
  }
}
