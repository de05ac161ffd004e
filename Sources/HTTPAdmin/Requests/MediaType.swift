import HTTPTypes

/// A media type with its parameters (RFC 9110, section 8.3.1).
struct MediaType: Hashable {
  /// Type and subtype in lowercase, as `application/json`.
  let name: String
  /// The parameters by their names in lowercase, without quotation marks.
  let parameters: [String: String]

  /// The types of publishing requests without parameters: the forms of JSON, and of one JSON text on each line.
  static let published =
    ["application/json"].map { MediaType(name: $0, parameters: [:]) } + lines

  /// The types with one JSON text on each line. None is registered; all mean the same.
  static let lines = [
    "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines",
    "application/stream+json",
  ].map { MediaType(name: $0, parameters: [:]) }

  /// Whether the text is in UTF-8. JSON is always UTF-8 (RFC 8259, section 8.1), so a charset is only repeated.
  var isUTF8: Bool {
    ["utf-8", "utf8", "us-ascii", nil].contains(parameters["charset"]?.lowercased())
  }

  /// Whether one of `others` has the same type and subtype.
  func hasName(of others: [MediaType]) -> Bool { others.contains { $0.name == name } }
}

extension MediaType {
  /// Reads the value of a `Content-Type` field; nil when it is malformed.
  init?(field value: String) {
    var rest = value[...].trimmed
    let name = rest.prefix { $0 != ";" }.trimmed
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(Self.isToken) else { return nil }
    rest = rest.drop { $0 != ";" }
    var parameters: [String: String] = [:]
    while rest.first == ";" {
      rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
      // RFC 9110 permits empty parameters, as in "a/b; ;c=d".
      if rest.isEmpty || rest.first == ";" { continue }
      guard let (name, value) = Self.takeParameter(&rest) else { return nil }
      guard parameters.updateValue(value, forKey: name) == nil else { return nil }
      rest = rest.drop { $0 == " " || $0 == "\t" }
    }
    guard rest.isEmpty else { return nil }
    self.init(name: name.lowercased(), parameters: parameters)
  }

  private static func takeParameter(_ rest: inout Substring) -> (name: String, value: String)? {
    let name = rest.prefix { $0 != "=" && $0 != ";" }
    guard isToken(name), rest.dropFirst(name.count).first == "=" else { return nil }
    rest = rest.dropFirst(name.count + 1)
    guard rest.first == "\"" else {
      let value = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
      guard isToken(value) else { return nil }
      rest = rest.dropFirst(value.count)
      return (name.lowercased(), String(value))
    }
    guard let value = takeQuoted(&rest) else { return nil }
    return (name.lowercased(), value)
  }

  /// Takes a quoted string (RFC 9110, section 5.6.4).
  private static func takeQuoted(_ rest: inout Substring) -> String? {
    var value = ""
    var isEscaped = false
    for (offset, character) in rest.enumerated().dropFirst() {
      if isEscaped {
        value.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        rest = rest.dropFirst(offset + 1)
        return value
      } else {
        value.append(character)
      }
    }
    return nil
  }

  private static func isToken(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(RequestLine.isTokenByte)
  }
}
