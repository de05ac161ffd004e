import Ingest
import Testing

struct NameValidatorTests {
  private func fault(_ name: [UInt8], longest: Int = 255) -> NameValidator.Fault? {
    NameValidator(longest: longest).fault(in: 0..<name.count, of: name.span.bytes)
  }

  @Test(
    "The length of a name is its number of Unicode scalars",
    arguments: ["a", "ü", "語", "😀", "e\u{301}", "a😀ü"])
  func countsScalars(_ unit: String) {
    let scalars = unit.unicodeScalars.count
    let most = 255 / scalars
    #expect(fault(Array(String(repeating: unit, count: most).utf8)) == nil)
    #expect(fault(Array(String(repeating: unit, count: most + 1).utf8)) == .length)
  }

  @Test func needsOneScalar() {
    #expect(fault([]) == .length)
    #expect(fault(Array("x".utf8), longest: 1) == nil)
    #expect(fault(Array("xy".utf8), longest: 1) == .length)
  }

  @Test func findsNULAndInvalidUTF8AtEveryPlace() {
    for length in 1..<28 {
      for place in 0..<length {
        for byte in [0x00, 0x80, 0xC3, 0xFF] as [UInt8] {
          var name = [UInt8](repeating: UInt8(ascii: "n"), count: length)
          name[place] = byte
          #expect(fault(name) == .text, "\(byte) at \(place) of \(length)")
        }
      }
    }
  }

  @Test func allowsEveryOtherASCIICharacter() {
    for byte in 1...0x7F as ClosedRange<UInt8> {
      #expect(fault([byte]) == nil)
      #expect(fault([UInt8](repeating: byte, count: 11)) == nil)
    }
  }

  @Test func invalidTextIsReportedBeforeLength() {
    #expect(fault([UInt8](repeating: 0x61, count: 300) + [0xFF]) == .text)
  }

  @Test func ignoresBytesOutsideTheRange() {
    let bytes: [UInt8] = [0xC3, 0x61, 0x62, 0x63, 0x80, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    let check = NameValidator(longest: 3)
    #expect(check.fault(in: 1..<4, of: bytes.span.bytes) == nil)
    #expect(check.fault(in: 1..<5, of: bytes.span.bytes) == .text)
    #expect(check.fault(in: 0..<4, of: bytes.span.bytes) == .text)
    #expect(check.fault(in: 4..<4, of: bytes.span.bytes) == .length)
  }

  /// Compares the validator with Swift's decoder, on all pairs of bytes and on random sequences of critical
  /// ones.
  @Test func agreesWithSwiftAboutUTF8() {
    var random = SeededGenerator(seed: 8)
    let telling: [UInt8] = [
      0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
      0xEE, 0xEF,
      0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    var texts: [[UInt8]] = []
    for first in 1...0xFF as ClosedRange<UInt8> {
      for second in 1...0xFF as ClosedRange<UInt8> { texts.append([first, second]) }
    }
    for _ in 0..<50_000 {
      let count = Int.random(in: 1...6, using: &random)
      texts.append((0..<count).map { _ in telling.randomElement(using: &random) ?? 0 })
    }
    for scalar in [0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF].compactMap(
      Unicode.Scalar.init)
    {
      texts.append(Array(String(scalar).utf8))
    }
    for text in texts where (fault(text) == nil) != (String(validating: text, as: UTF8.self) != nil) {
      Issue.record("disagrees on \(text)")
    }
    #expect(texts.contains { fault($0) == nil } && texts.contains { fault($0) == .text })
  }
}
