/// Writes an object of JSON (RFC 8259) from bytes of any text.
///
/// Bytes that are not UTF-8, and U+0000, which the server cannot store, become U+FFFD.
struct JSONObjectWriter {
  private static let replacement = Array("\u{FFFD}".utf8)
  private static let digits = Array("0123456789abcdef".utf8)

  /// The text so far.
  private(set) var bytes: [UInt8] = []
  /// Whether the next member is the first of its object.
  private var isFirst = true

  /// Begins another text with an object.
  mutating func begin() {
    bytes.removeAll(keepingCapacity: true)
    open()
  }

  /// Writes the end of an object.
  mutating func end() {
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  /// Writes a member with a text.
  mutating func member(_ name: some Collection<UInt8>, _ text: some Collection<UInt8>) {
    write(name: name)
    write(text: text)
  }

  /// Writes a member with the value true.
  mutating func flag(_ name: some Collection<UInt8>) {
    write(name: name)
    bytes += "true".utf8
  }

  /// Begins a member that is an object. `end` ends it.
  mutating func object(_ name: some Collection<UInt8>) {
    write(name: name)
    open()
  }

  private mutating func open() {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
  }

  private mutating func write(name: some Collection<UInt8>) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    write(text: name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func write(text: some Collection<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    let text = Array(text)
    if (try? UTF8Span(validating: text.span)) != nil {
      for byte in text { write(byte) }
    } else {
      for byte in String(decoding: text, as: UTF8.self).utf8 { write(byte) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func write(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0: bytes += Self.replacement
    case 1..<0x20:
      bytes += #"\u00"#.utf8
      bytes.append(Self.digits[Int(byte >> 4)])
      bytes.append(Self.digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }
}
