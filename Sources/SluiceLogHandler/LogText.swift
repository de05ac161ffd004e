internal import Logging

/// Writes one log line as JSON (RFC 8259). Texts are escaped so that the server never finds a dead event: U+0000,
/// which no stored text may have, becomes U+FFFD.
struct LogText {
  /// Nested arrays and objects at most. A deeper value is written as its description.
  private static let mostLevels = 32
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  private(set) var bytes: [UInt8] = []

  init() {
    // Enough for most lines, because growing would copy the line while the caller waits.
    bytes.reserveCapacity(512)
  }

  /// Writes a line with all it has.
  mutating func line(_ event: LogEvent, label: String, metadata: Logger.Metadata) {
    begin(event, label: label)
    text(event.message.description)
    field("source", event.source)
    field("file", event.file)
    field("function", event.function)
    bytes += ",\"line\":".utf8
    bytes += String(event.line).utf8
    if let error = event.error { field("error", "\(error)") }
    if !metadata.isEmpty {
      bytes += ",\"metadata\":".utf8
      object(metadata, level: 1)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// Writes a line without metadata, whose label and message are cut to `scalars` Unicode scalars. A character may have
  /// any number of scalars, so it would bound nothing.
  mutating func cutLine(_ event: LogEvent, label: String, scalars: Int) {
    begin(event, label: Self.cut(label, scalars))
    text(Self.cut(event.message.description, scalars))
    bytes += ",\"cut\":true}".utf8
  }

  private static func cut(_ text: String, _ scalars: Int) -> String {
    String(text.unicodeScalars.prefix(scalars))
  }

  private mutating func begin(_ event: LogEvent, label: String) {
    bytes += "{\"level\":\"".utf8
    bytes += event.level.rawValue.utf8
    bytes.append(UInt8(ascii: "\""))
    field("label", label)
    bytes += ",\"message\":".utf8
  }

  private mutating func field(_ name: StaticString, _ value: String) {
    bytes += ",\"".utf8
    name.withUTF8Buffer { bytes += $0 }
    bytes += "\":".utf8
    text(value)
  }

  private mutating func object(_ metadata: Logger.Metadata, level: Int) {
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for (key, value) in metadata {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      text(key)
      bytes.append(UInt8(ascii: ":"))
      self.value(value, level: level)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func value(_ value: Logger.MetadataValue, level: Int) {
    switch value {
    case .string(let text): self.text(text)
    case .stringConvertible(let value): text(value.description)
    case .dictionary(let members) where level < Self.mostLevels: object(members, level: level + 1)
    case .array(let elements) where level < Self.mostLevels:
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        self.value(element, level: level + 1)
      }
      bytes.append(UInt8(ascii: "]"))
    case .dictionary, .array: text("\(value)")
    }
  }

  private mutating func text(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var start = 0
      for index in utf8.indices where Self.needsEscape(utf8[index]) {
        bytes += utf8[start..<index]
        escape(utf8[index])
        start = index + 1
      }
      bytes += utf8[start...]
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case 0: bytes += "\u{FFFD}".utf8
    case UInt8(ascii: "\n"): bytes += "\\n".utf8
    case UInt8(ascii: "\t"): bytes += "\\t".utf8
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    default:
      bytes += "\\u00".utf8
      bytes += [Self.hexadecimal[Int(byte >> 4)], Self.hexadecimal[Int(byte & 15)]]
    }
  }
}
