internal import TextFormats

/// Writes text with the escapes of JSON strings (RFC 8259, section 7) into memory, eight bytes at a time.
struct EscapedText {
  /// The number of bytes written.
  private(set) var count = 0
  /// The bits of all bytes so far.
  private var bits: UInt64 = 0
  private var hasZero = false
  private let output: UnsafeMutableRawBufferPointer

  /// - Parameter output: The memory. At each call of `write`, `mostBytes(for:)` of it must be left, or the call traps.
  init(_ output: UnsafeMutableRawBufferPointer) {
    self.output = output
  }

  /// Whether all bytes so far are ASCII without U+0000.
  var isPlain: Bool { bits & Self.highBits == 0 && !hasZero }

  /// The most memory that `count` bytes of text need: six bytes for each, and 8 more, because eight bytes are stored
  /// before they are checked.
  static func mostBytes(for count: Int) -> Int { 6 * count + 8 }

  /// Writes `range` of `text`.
  mutating func write(_ range: Range<Int>, of text: RawSpan) {
    precondition(output.count - count >= Self.mostBytes(for: range.count), "memory for every escape")
    precondition(range.lowerBound >= 0 && range.upperBound <= text.byteCount, "a range of the text")
    var place = range.lowerBound
    while place &+ 8 <= range.upperBound {
      let word = UInt64(littleEndian: text.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
      output.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
      bits |= word
      let escapes = Self.escapes(in: word)
      let plain = escapes == 0 ? 8 : escapes.trailingZeroBitCount &>> 3
      place &+= plain
      count &+= plain
      if escapes != 0 {
        escape(text.unsafeLoad(fromByteOffset: place, as: UInt8.self))
        place &+= 1
      }
    }
    while place < range.upperBound {
      let byte = text.unsafeLoad(fromByteOffset: place, as: UInt8.self)
      bits |= UInt64(byte)
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        escape(byte)
      } else {
        add(byte)
      }
      place &+= 1
    }
  }

  /// Marks the first byte of `word` that needs an escape by its highest bit. Returns 0 without such a byte. Higher bits
  /// mean nothing.
  @inline(__always)
  private static func escapes(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = word ^ ones &* 0x22
    let slashes = word ^ ones &* 0x5C
    let small = (word &- ones &* 0x20) | (quotes &- ones) | (slashes &- ones)
    return small & ~word & highBits
  }

  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// Writes a byte that needs an escape.
  private mutating func escape(_ byte: UInt8) {
    add(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): add(byte)
    case 0x0A: add(UInt8(ascii: "n"))
    case 0x0D: add(UInt8(ascii: "r"))
    case 0x09: add(UInt8(ascii: "t"))
    default:
      hasZero = hasZero || byte == 0
      add(UInt8(ascii: "u"))
      add(UInt8(ascii: "0"))
      add(UInt8(ascii: "0"))
      add(HexadecimalDigit.digit(byte >> 4))
      add(HexadecimalDigit.digit(byte & 15))
    }
  }

  @inline(__always)
  private mutating func add(_ byte: UInt8) {
    output.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }
}
