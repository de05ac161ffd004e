/// The path and the query of a request, percent-encoded (RFC 3986).
struct RequestTarget: Hashable, Sendable {
  /// A parameter of the query.
  struct Parameter: Hashable, Sendable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  private let path: String
  private var parameters: [Parameter]

  /// - Parameter segments: The parts of the path between slashes, not encoded.
  init(_ segments: String..., parameters: [Parameter] = []) {
    path = segments.map { "/" + Self.encoded($0) }.joined()
    self.parameters = parameters
  }

  /// Adds a parameter.
  mutating func add(_ name: String, _ value: String) { parameters.append(Parameter(name, value)) }

  /// Returns the target with one more parameter; without it when `value` is nil.
  func adding(_ name: String, _ value: String?) -> RequestTarget {
    guard let value else { return self }
    var target = self
    target.add(name, value)
    return target
  }

  /// The text in a request line.
  var text: String {
    guard !parameters.isEmpty else { return path }
    let query = parameters.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
    return "\(path)?\(query.joined(separator: "&"))"
  }

  private static let digits = Array("0123456789ABCDEF")

  /// Returns text in which every byte except the unreserved ones is escaped. A `+` is escaped, because the server
  /// reads it as a space.
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return encoded
  }
}
