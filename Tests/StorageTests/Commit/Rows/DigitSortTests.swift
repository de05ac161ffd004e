import Testing

@testable import Storage

@Suite struct DigitSortTests {
  /// Sorts few distinct values, values that differ in one byte, and random values.
  @Test(
    arguments: [0, 1, 2, 255, 256, 257, 5_000],
    [0x3, 0xFF00_0000_0000_0000, 0x0000_00FF_0000_0000, UInt64.max, 0])
  func sortsByDigitsAndKeepsEqualOnesInOrder(_ count: Int, _ mask: UInt64) {
    var generator = SystemRandomNumberGenerator()
    var keys = (0..<count).map { number in
      DigitKey(digits: UInt64.random(in: 0...UInt64.max, using: &generator) & mask, event: Int32(number))
    }
    let expected = keys.sorted { ($0.digits, $0.event) < ($1.digits, $1.event) }
    keys.sortByDigits()
    #expect(keys.map(\.event) == expected.map(\.event))
    #expect(keys.map(\.digits) == expected.map(\.digits))
  }
}
