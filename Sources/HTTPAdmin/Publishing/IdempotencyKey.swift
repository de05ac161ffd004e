import WireProtocol

/// The value of an `Idempotency-Key` field: a string of structured fields (RFC 9651, section 3.3.3), or the
/// same without quotation marks, because many clients send it so.
struct IdempotencyKey: Hashable, Sendable {
  /// 1 to 255 characters of printable ASCII.
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

  /// Returns the producer of this key: a name-based UUID (RFC 9562, section 5.5). The keys of each owner are its
  /// own. No name of an owner has a line feed, and no key has one.
  func producer(of owner: String) -> ProducerID {
    ProducerID(name: Array((owner.isEmpty ? text : "\(owner)\n\(text)").utf8), in: Self.namespace)
  }

  /// A random constant. It must never change, because a key must give the same producer in every version.
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
