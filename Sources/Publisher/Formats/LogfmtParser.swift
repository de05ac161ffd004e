/// Reads a line of logfmt: pairs `name=value` with spaces between them, as in
/// `level=info msg="all is well" elapsed=3ms cached`.
///
/// A value in quotation marks has the escapes of JSON. A name without a value stands for true. There is no
/// specification; the parser takes what <https://pkg.go.dev/github.com/kr/logfmt> takes, and "=" within values.
struct LogfmtParser {
  private var text: [UInt8] = []

  /// Writes the pairs of a line as an object.
  mutating func write(_ line: ArraySlice<UInt8>, to object: inout JSONObjectWriter) throws(LineProblem) {
    var cursor = ByteCursor(line)
    object.begin()
    while true {
      _ = cursor.take { $0 <= 0x20 }
      guard cursor.peek != nil else { break }
      let name = cursor.take { $0 > 0x20 && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "\"") }
      guard !name.isEmpty else { throw .expected("a name", at: cursor.place - 1) }
      guard cursor.take("=") else {
        guard cursor.peek.map({ $0 <= 0x20 }) ?? true else { throw .expected("=", at: cursor.place - 1) }
        object.flag(name)
        continue
      }
      if cursor.take("\"") {
        try quoted(&cursor)
        object.member(name, text)
      } else {
        object.member(name, cursor.take { $0 > 0x20 })
      }
    }
    object.end()
  }

  /// Takes a value up to its closing quotation mark into `text`.
  private mutating func quoted(_ cursor: inout ByteCursor) throws(LineProblem) {
    text.removeAll(keepingCapacity: true)
    let start = cursor.place - 1
    while let byte = cursor.next() {
      if byte == UInt8(ascii: "\"") { return }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let letter = cursor.next() else { break }
      switch letter {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "'"): text.append(letter)
      case UInt8(ascii: "u"): try unicode(&cursor)
      default: throw LineProblem("an unknown escape at byte \(cursor.place - 2)")
      }
    }
    throw LineProblem("a value that begins at byte \(start) has no end")
  }

  /// Takes the digits of an escape `\u`, and the escape after it when both are a surrogate pair. Half of a pair becomes
  /// U+FFFD.
  private mutating func unicode(_ cursor: inout ByteCursor) throws(LineProblem) {
    var value = try Self.codeUnit(&cursor)
    var next = cursor
    if (0xD800..<0xDC00).contains(value), next.take("\\"), next.take("u") {
      let low = try Self.codeUnit(&next)
      if (0xDC00..<0xE000).contains(low) {
        value = 0x1_0000 + ((value - 0xD800) << 10) + (low - 0xDC00)
        cursor = next
      }
    }
    text += Array(String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
  }

  /// Takes four hexadecimal digits.
  private static func codeUnit(_ cursor: inout ByteCursor) throws(LineProblem) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = cursor.next().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw .expected("four hexadecimal digits", at: cursor.place - 1)
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
