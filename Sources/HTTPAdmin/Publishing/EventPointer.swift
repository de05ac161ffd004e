/// Where an event stands in a body: a JSON pointer (RFC 6901) that is only written when it is needed.
struct EventPointer {
  /// The pointer of the array; "" when the body is the array, or the event itself.
  let array: String
  /// The place in the array; nil for a body that is an event.
  let index: Int?

  /// A body that is one event.
  static let body = EventPointer(array: "", index: nil)

  /// The pointer of the event, or of one of its members.
  func text(member: String? = nil) -> String {
    var text = array
    if let index { text += "/\(index)" }
    if let member { text += "/" + Self.escaped(member) }
    return text
  }

  /// `~` and `/` have escapes (RFC 6901, section 3).
  private static func escaped(_ member: String) -> String {
    member.reduce(into: "") { text, character in
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.append(character)
      }
    }
  }
}
