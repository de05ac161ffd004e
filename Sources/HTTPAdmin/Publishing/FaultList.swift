/// The errors of a publishing request: the first 20, and the number of events that have errors.
struct FaultList {
  /// Maximum number of errors that the answer lists.
  static let capacity = 20

  /// The first errors, in the order of the body.
  private(set) var faults: [Problem.Fault] = []
  /// Number of events with at least one error.
  private(set) var badEvents = 0

  /// Number of further errors that the answer can list.
  var room: Int { Self.capacity - faults.count }

  /// Counts a bad event and adds its errors as far as there is room.
  mutating func add(_ faults: [Problem.Fault]) {
    badEvents += 1
    self.faults += faults.prefix(room)
  }
}

/// The place of an event in a body, as a JSON pointer (RFC 6901) whose text is made only when it is needed.
struct EventPointer {
  /// The pointer to the array; "" when the body is the array or the event itself.
  let array: String
  /// The index in the array; nil for a body that is one event.
  let index: Int?
  /// The line of the event, from 1; nil unless the body has one event on each line.
  var line: Int?

  /// The place of a body that is one event.
  static let body = EventPointer(array: "", index: nil)

  /// Returns the pointer to the event, or to one of its members.
  func text(member: String? = nil) -> String {
    var text = array
    if let index { text += "/\(index)" }
    if let member { text += "/" + Self.escaped(member) }
    return text
  }

  /// Escapes `~` and `/` (RFC 6901, section 3).
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
