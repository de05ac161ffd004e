internal import TextFormats

/// Encodes text for a URL: all but the unreserved characters become percent-encoded bytes (RFC 3986, section
/// 2).
enum PercentEncoding {
  /// Encodes `text`.
  static func encode(_ text: String) -> String {
    escape(text.utf8, keeping: [])
  }

  /// Encodes the characters that a client should have encoded in a value, and leaves the others unchanged.
  static func repair(_ encoded: Substring) -> String {
    escape(encoded.utf8, keeping: Set("%+:/,;@!$'()*=".utf8))
  }

  private static func escape(_ bytes: some Sequence<UInt8>, keeping kept: Set<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      if isUnreserved(byte) || kept.contains(byte) {
        text.append(byte)
      } else {
        text += [UInt8(ascii: "%"), HexadecimalDigit.digit(byte >> 4), HexadecimalDigit.digit(byte & 15)]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}

/// Decodes text in a URL: percent-encoded bytes that must be UTF-8 (RFC 3986, section 2.1).
enum PercentDecoding {
  /// Error of a part of a URL that cannot be decoded.
  enum Failure: Error, Hashable {
    /// A `%` is not followed by two hexadecimal digits.
    case incompleteEscape
    /// The decoded bytes are not UTF-8.
    case notUTF8
    /// The decoded text contains U+0000, which no stored text contains.
    case null

    /// The error as a sentence for a problem's detail.
    var sentence: String {
      switch self {
      case .incompleteEscape: "A \"%\" must be followed by two hexadecimal digits."
      case .notUTF8: "The percent-encoded bytes are not UTF-8."
      case .null: "U+0000 is not allowed."
      }
    }
  }

  /// Decodes `encoded`. In a query, a plus sign is a space (WHATWG URL, "application/x-www-form-urlencoded");
  /// in a path it is a plus sign.
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
