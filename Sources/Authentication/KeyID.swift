/// The public name of a key: it says which key a peer means, and proves nothing.
public enum KeyID {
  /// Lengths of a key id, in characters.
  public static let lengths = 1...32

  /// Characters of a drawn key id: 60 random bits.
  static let drawnLength = 12

  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  /// Returns whether `text` is a key id: 1 to 32 of the characters `a`-`z` and `0`-`9`.
  public static func isValid(_ text: some Collection<UInt8>) -> Bool {
    lengths.contains(text.count)
      && text.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }

  /// Returns a new key id of 12 characters.
  static func random(using generator: inout some RandomNumberGenerator) -> String {
    let characters = (0..<drawnLength).map { _ in alphabet[Int(generator.next() & 31)] }
    return String(decoding: characters, as: UTF8.self)
  }
}
