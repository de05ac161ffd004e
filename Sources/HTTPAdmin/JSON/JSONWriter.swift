import NIOCore
internal import TextFormats

/// A writer of JSON text (RFC 8259) into a buffer, without an intermediate tree of values.
///
/// Objects and arrays are nested by closures, so none can be left open. Commas are added automatically. Only
/// text that is sent in several pieces uses `open` and `close`.
struct JSONWriter {
  /// The text that was written so far.
  private(set) var buffer: ByteBuffer
  /// Whether line feeds in raw values become spaces, as a line of NDJSON needs. In JSON a line feed can occur
  /// only between tokens, so the value is unchanged.
  private let isOneLine: Bool
  private var needsComma = false

  init(into buffer: ByteBuffer = ByteBuffer(), oneLine: Bool = false) {
    self.buffer = buffer
    self.isOneLine = oneLine
  }

  /// Writes one value.
  mutating func value(_ value: some JSONWritable) {
    value.write(to: &self)
  }

  /// Writes an object, whose members `body` writes.
  mutating func object<Failure>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
    open(.object)
    try body(&self)
    close(.object)
  }

  /// Writes an array, whose elements `body` writes.
  mutating func array<Failure>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
    open(.array)
    try body(&self)
    close(.array)
  }

  /// Writes a name, which must be followed by one value.
  mutating func name(_ name: String) {
    value(name)
    buffer.writeInteger(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a name and its value.
  mutating func member(_ name: String, _ value: some JSONWritable) {
    self.name(name)
    self.value(value)
  }

  /// Writes a name and an object.
  mutating func member(_ name: String, _ object: (inout JSONWriter) -> Void) {
    self.name(name)
    self.object(object)
  }

  /// Writes a line feed after a complete text.
  mutating func endLine() {
    buffer.writeInteger(UInt8(ascii: "\n"))
    needsComma = false
  }

  /// Writes text around complete JSON texts, unchanged.
  mutating func text(_ text: String) {
    buffer.writeString(text)
    needsComma = false
  }

  /// Removes the written text from the writer and returns it. Writing can continue in the same object or
  /// array.
  mutating func takeBuffer() -> ByteBuffer {
    defer { buffer = ByteBuffer() }
    return buffer
  }
}

extension JSONWriter {
  /// The kinds of values that hold other values.
  enum Container {
    case object
    case array
  }

  /// Begins an object or array.
  mutating func open(_ container: Container) {
    separate()
    buffer.writeInteger(UInt8(ascii: container == .object ? "{" : "["))
    needsComma = false
  }

  /// Ends the object or array that was opened last.
  mutating func close(_ container: Container) {
    buffer.writeInteger(UInt8(ascii: container == .object ? "}" : "]"))
    needsComma = true
  }

  /// Writes a value that is JSON already, unchanged (but see `isOneLine`).
  mutating func raw(_ json: [UInt8]) {
    separate()
    guard isOneLine else {
      buffer.writeBytes(json)
      return
    }
    for line in json.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      if line.startIndex > 0 { buffer.writeInteger(UInt8(ascii: " ")) }
      buffer.writeBytes(line)
    }
  }

  /// Writes a token that needs no escapes: a number, `true`, `false` or `null`.
  mutating func token(_ text: String) {
    separate()
    buffer.writeString(text)
  }

  /// Writes a string, in which only the characters are escaped that must be (RFC 8259, section 7).
  mutating func string(_ text: String) {
    separate()
    buffer.writeInteger(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { escape($0) }
    buffer.writeInteger(UInt8(ascii: "\""))
  }

  private mutating func escape(_ bytes: UnsafeBufferPointer<UInt8>) {
    var plainStart = 0
    for (position, byte) in bytes.enumerated() where Self.mustEscape(byte) {
      buffer.writeBytes(bytes[plainStart..<position])
      plainStart = position + 1
      switch byte {
      case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
      case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
      case 0x0A: buffer.writeStaticString("\\n")
      default:
        buffer.writeStaticString("\\u00")
        buffer.writeInteger(HexadecimalDigit.digit(byte >> 4))
        buffer.writeInteger(HexadecimalDigit.digit(byte & 15))
      }
    }
    buffer.writeBytes(bytes[plainStart...])
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func separate() {
    if needsComma { buffer.writeInteger(UInt8(ascii: ",")) }
    needsComma = true
  }
}
