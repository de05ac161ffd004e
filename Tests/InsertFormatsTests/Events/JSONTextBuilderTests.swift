import Testing

@testable import InsertFormats

struct JSONTextBuilderTests {
  /// The escapes of RFC 8259, section 7, byte by byte.
  private func escaped(_ text: [UInt8]) -> [UInt8] {
    let escapes: [UInt8: String] = [0x22: "\\\"", 0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"]
    let inner = text.flatMap { byte -> [UInt8] in
      if let escape = escapes[byte] { return Array(escape.utf8) }
      guard byte < 0x20 else { return [byte] }
      let digits = String(byte, radix: 16)
      return Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
    }
    return [0x22] + inner + [0x22]
  }

  private func string(_ text: [UInt8]) -> [UInt8] {
    var builder = JSONTextBuilder()
    builder.string(text)
    return builder.bytes
  }

  @Test(arguments: 0..<20) func escapesEachByteAtEachPlace(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var text = [UInt8](repeating: 0x61, count: 20)
      text[place] = byte
      #expect(string(text) == escaped(text), "byte \(byte)")
      // The neighbour of an escape is where a comparison of eight bytes at a time may be wrong.
      text[min(place + 1, 19)] = byte ^ 1
      #expect(string(text) == escaped(text), "bytes \(byte) and \(byte ^ 1)")
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 511, 512, 513, 1_024, 5_000]) func escapesTextsOfEveryLength(length: Int) {
    var generator = SystemRandomNumberGenerator()
    for text in [
      [UInt8](repeating: 0x01, count: length), [UInt8](repeating: 0x61, count: length),
      (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) },
    ] {
      #expect(string(text) == escaped(text), "\(text)")
    }
  }

  @Test func writesAPartOfASource() {
    var builder = JSONTextBuilder()
    let source = Array("ab\"cd".utf8)
    builder.string(1..<4, of: source.span.bytes)
    builder.string(2..<2, of: source.span.bytes)
    #expect(builder.bytes == Array(#""b\"c""""#.utf8))
  }

  @Test func knowsWhetherATextIsPlain() {
    let changes: [(isPlain: Bool, change: (inout JSONTextBuilder) -> Void)] = [
      (true, { $0.add("{\"a\":") }), (true, { $0.integer(UInt64.max) }),
      (true, { $0.string(Array("a\n\"".utf8)) }),
      (true, { $0.string([0x7F, 0x1F]) }), (true, { $0.add(JSONTextBuilder()) }),
      (false, { $0.double(0.5) }), (false, { $0.noteNesting() }),
      (false, { $0.add(0..<1, of: [0x31].span.bytes) }),
      (false, { $0.insert([0x31], at: 0) }),
      (
        false,
        { builder in
          var other = JSONTextBuilder()
          other.double(1)
          builder.add(other)
        }
      ),
    ]
    for (number, (isPlain, change)) in changes.enumerated() {
      var builder = JSONTextBuilder()
      change(&builder)
      #expect(builder.isPlain == isPlain, "change \(number)")
      builder.removeAll()
      #expect(builder.isPlain)
    }
  }

  @Test(arguments: [0, 7, 8, 15, 19]) func findsTheByteThatMakesATextNotPlain(place: Int) {
    for byte in UInt8.min...UInt8.max {
      var text = [UInt8](repeating: 0x61, count: 20)
      text[place] = byte
      var builder = JSONTextBuilder()
      builder.string(text)
      #expect(builder.isPlain == (byte != 0 && byte < 0x80), "byte \(byte)")
    }
  }
}
