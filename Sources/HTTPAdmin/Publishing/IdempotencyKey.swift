import WireProtocol

/// The value of an `Idempotency-Key` field: a string as in structured fields (RFC 9651, section 3.3.3), or
/// the same without its quotation marks, as many clients send it.
struct IdempotencyKey: Hashable, Sendable {
  /// 1-255 characters of printable ASCII.
  let text: String

  /// Reads the field's value.
  /// - Throws: a 400 problem that names the field.
  init(field value: String) throws(Problem) {
    let isQuoted = value.hasPrefix("\"")
    guard let text = isQuoted ? Self.unquoted(value) : value, (1...255).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else {
      throw .badField("Idempotency-Key", "It must be a string of 1 to 255 printable ASCII characters.")
    }
    self.text = text
  }

  /// The producer that stands for this key: the name-based UUID of it (RFC 9562, section 5.5).
  var producer: ProducerID {
    ProducerID(name: Array(text.utf8), in: Self.namespace)
  }

  /// Drawn at random, once and for all: a key must stand for the same producer in every version.
  private static let namespace = ProducerID(high: 0x6D0E_3C1B_52A7_4F0D, low: 0x9B6E_81C4_27D5_F3A8)

  private static func unquoted(_ value: String) -> String? {
    var text = ""
    var isEscaped = false
    for (offset, character) in value.dropFirst().enumerated() {
      if isEscaped {
        guard character == "\"" || character == "\\" else { return nil }
        text.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        return offset == value.count - 2 ? text : nil
      } else {
        text.append(character)
      }
    }
    return nil
  }
}
