import Testing

@testable import TextFormats

struct Base64Tests {
  /// RFC 4648, section 10, and bytes that differ between the alphabets.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func encodesTheVectorsOfTheStandard(_ bytes: String, _ text: String) {
    #expect(Base64.text(Array(bytes.utf8)) == text)
    #expect(Base64.urlText(Array(bytes.utf8)) == text.filter { $0 != "=" })
  }

  @Test func readsWhatItWroteForURLs() {
    for length in 0..<70 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 151 + 248) }
      #expect(Base64.bytes(urlText: Base64.urlText(bytes)) == bytes)
    }
    #expect(Base64.urlText([0xFB, 0xFF]) == "-_8")
    #expect(Base64.text([0xFB, 0xFF]) == "+/8=")
  }

  @Test(arguments: ["A", "Zg==", "Z+9v", "Zh", "Zm9", "ü", "Zm 9", "Zm9vY"])
  func refusesWhatNoBytesBecome(_ text: String) {
    #expect(Base64.bytes(urlText: text) == nil)
  }
}
