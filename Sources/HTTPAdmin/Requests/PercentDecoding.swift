/// Text from a URL: percent-encoded bytes that must be UTF-8 (RFC 3986, section 2.1).
enum PercentDecoding {
  /// Why a piece of a URL is no text.
  enum Failure: Error, Hashable {
    /// A `%` without two hexadecimal digits behind it.
    case incompleteEscape
    /// The decoded bytes are not UTF-8.
    case notUTF8
    /// The decoded text holds U+0000, which no stored text does.
    case null

    /// For a problem's detail.
    var sentence: String {
      switch self {
      case .incompleteEscape: "A \"%\" must be followed by two hexadecimal digits."
      case .notUTF8: "The percent-encoded bytes are not UTF-8."
      case .null: "U+0000 is not allowed."
      }
    }
  }

  /// Decodes `encoded`. In a query a plus sign is a space, as forms encode it (WHATWG URL,
  /// "application/x-www-form-urlencoded"); in a path it is itself.
  static func decode(_ encoded: Substring, plusIsSpace: Bool) throws(Failure) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(encoded.utf8.count)
    var rest = encoded.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(HexadecimalDigit.value),
          let low = rest.popFirst().flatMap(HexadecimalDigit.value)
        else {
          throw .incompleteEscape
        }
        decoded.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace:
        decoded.append(UInt8(ascii: " "))
      default:
        decoded.append(byte)
      }
    }
    guard !decoded.contains(0) else { throw .null }
    guard let text = String(validating: decoded, as: UTF8.self) else { throw .notUTF8 }
    return text
  }
}
