import Testing

@testable import Publisher

@Suite struct DigitsTests {
  private func written(_ write: (inout MutableSpan<UInt8>) -> Void) -> String {
    var bytes = Array("..........".utf8)
    var span = bytes.mutableSpan
    write(&span)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    arguments: [
      (0, 1, ".0........"), (7, 3, ".007......"), (1_234, 4, ".1234....."), (1_234, 2, ".34......."),
      (999_999_999, 9, ".999999999"),
    ] as [(UInt64, Int, String)])
  func writesDecimalDigitsInTheirPlace(_ value: UInt64, _ count: Int, _ text: String) {
    #expect(written { Digits.decimal(value, count: count, into: &$0, at: 1) } == text)
  }

  @Test(
    arguments: [
      (0, 2, "..00......"), (0xAB, 2, "..ab......"), (0xDEAD_BEEF, 8, "..deadbeef"),
      (0x1_0000_0001, 8, "..00000001"),
    ] as [(UInt64, Int, String)])
  func writesHexadecimalDigitsInTheirPlace(_ value: UInt64, _ count: Int, _ text: String) {
    #expect(written { Digits.hexadecimal(value, count: count, into: &$0, at: 2) } == text)
  }

  @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, UInt64.max]) func countsDigits(_ value: UInt64) {
    #expect(Digits.decimalCount(value) == String(value).count)
  }
}
