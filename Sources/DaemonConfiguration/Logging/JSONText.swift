internal import Logging

/// A JSON object under construction (RFC 8259), with members in the order in which they are added.
struct JSONText {
  private(set) var text = ""
  private var isFirst = true

  mutating func open() {
    text += "{"
    isFirst = true
  }

  mutating func close() {
    text += "}"
    isFirst = false
  }

  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: Logger.Metadata) {
    key(name)
    object(value)
  }

  private mutating func key(_ name: String) {
    if !isFirst { text += "," }
    isFirst = false
    string(name)
    text += ":"
  }

  private mutating func object(_ members: Logger.Metadata) {
    open()
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      key(name)
      self.value(value)
    }
    close()
  }

  private mutating func value(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): string(text)
    case .stringConvertible(let value): string(value.description)
    case .dictionary(let members): object(members)
    case .array(let values):
      text += "["
      for (index, element) in values.enumerated() {
        if index > 0 { text += "," }
        self.value(element)
      }
      text += "]"
    }
  }

  private mutating func string(_ value: String) { text += Self.quoted(value) }

  /// Returns a string with its quotation marks.
  static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
