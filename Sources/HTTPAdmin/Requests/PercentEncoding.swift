/// Text for a URL: everything but the unreserved characters as percent-encoded bytes (RFC 3986, section 2).
enum PercentEncoding {
  /// Encodes `text`.
  static func encode(_ text: String) -> String {
    escape(text.utf8, keeping: [])
  }

  /// Encodes what should have been encoded in a value that somebody sent, and leaves the rest.
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
