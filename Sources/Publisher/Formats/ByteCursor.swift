/// A place in the bytes of a line, from which a parser takes pieces.
struct ByteCursor {
  private let bytes: ArraySlice<UInt8>
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next byte; nil at the end.
  var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  /// The bytes that are left.
  var rest: ArraySlice<UInt8> { bytes[position...] }

  /// Takes the next byte; nil at the end.
  mutating func next() -> UInt8? {
    guard let byte = peek else { return nil }
    position += 1
    return byte
  }

  /// Takes a character if it is next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Takes bytes while `isWanted` is true.
  mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = position
    while let byte = peek, isWanted(byte) { position += 1 }
    return bytes[start..<position]
  }

  /// Takes the bytes before the next space, and the space.
  mutating func word() -> ArraySlice<UInt8> {
    defer { _ = take(" ") }
    return take { $0 != UInt8(ascii: " ") }
  }

  /// The number of the next byte among those of the line, from 1, for people.
  var place: Int { position - bytes.startIndex + 1 }
}
