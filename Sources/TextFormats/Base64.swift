/// Base64 (RFC 4648): section 4 with padding for bytes in JSON, section 5 without padding for bytes in URLs.
package enum Base64 {
  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Returns the padded text of `bytes`.
  package static func text(_ bytes: [UInt8]) -> String {
    var text = encode(bytes, standard)
    text += [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns the text of `bytes` in the alphabet for URLs, without padding.
  package static func urlText(_ bytes: [UInt8]) -> String {
    String(decoding: encode(bytes, url), as: UTF8.self)
  }

  /// Returns the bytes whose `urlText` is `text`; nil when no bytes have this text.
  package static func bytes(urlText text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 3 / 4)
    var pending: UInt32 = 0
    var bits = 0
    for character in text.utf8 {
      guard let value = url.firstIndex(of: character) else { return nil }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
        pending &= 1 << UInt32(bits) - 1
      }
    }
    // Canonical text leaves fewer than 6 unused bits, all of them zero.
    return bits < 6 && pending == 0 ? bytes : nil
  }

  private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 / 3 + 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let piece = bytes[start..<min(start + 3, bytes.count)]
      let word = piece.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - piece.count))
      for index in 0...piece.count {
        text.append(alphabet[Int(word >> UInt32(18 - 6 * index) & 63)])
      }
    }
    return text
  }
}
