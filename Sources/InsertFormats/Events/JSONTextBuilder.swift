internal import TextFormats

/// Builds JSON text (RFC 8259) in memory that is reused for the next text.
package struct JSONTextBuilder: Sendable {
  /// The text so far.
  package private(set) var bytes: [UInt8] = []
  /// Whether all strings are ASCII without U+0000, all numbers integers of 64 bits, and all values nested at most
  /// `plainDepth` levels. The readers of formats write such a text as JSON, so it need not be checked again.
  package private(set) var isPlain = true

  /// The most levels of arrays and objects in a plain text.
  package static let plainDepth = 4
  /// The most digits of a number in a plain text.
  package static let plainDigits = 20

  /// Removes the text and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    isPlain = true
  }

  /// Adds text that is a part of a JSON text already.
  mutating func add(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Notes that the next value may be nested at any depth.
  mutating func noteNesting() {
    isPlain = false
  }

  /// Adds one byte of punctuation.
  mutating func add(byte: UInt8) {
    bytes.append(byte)
  }

  /// Adds `range` of `source`, which is a part of a JSON text already.
  mutating func add(_ range: Range<Int>, of source: RawSpan) {
    isPlain = false
    source.extracting(range).withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Adds the text of another builder.
  mutating func add(_ other: JSONTextBuilder) {
    isPlain = isPlain && other.isPlain
    bytes.append(contentsOf: other.bytes)
  }

  /// Inserts bytes, which are a part of a JSON text already, before the bytes at `place`.
  mutating func insert(_ text: [UInt8], at place: Int) {
    isPlain = false
    bytes.insert(contentsOf: text, at: place)
  }

  /// Adds an integer of at most 64 bits in decimal. Traps above 20 digits.
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
    isPlain = false
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
    let text = source.extracting(range)
    add(byte: UInt8(ascii: "\""))
    var place = 0
    while place < text.byteCount {
      let piece = place..<min(place + Self.pieceBytes, text.byteCount)
      bytes.append(addingCapacity: EscapedText.mostBytes(for: piece.count)) { output in
        output.withUnsafeMutableBufferPointer { buffer, count in
          var escaped = EscapedText(
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
          escaped.write(piece, of: text)
          count += escaped.count
          isPlain = isPlain && escaped.isPlain
        }
      }
      place = piece.upperBound
    }
    add(byte: UInt8(ascii: "\""))
  }

  /// Adds a string of `text`.
  mutating func string(_ text: [UInt8]) {
    string(0..<text.count, of: text.span.bytes)
  }

  /// Bytes of a text for which memory is reserved at a time, because an escape has up to six bytes.
  private static let pieceBytes = 512
}
