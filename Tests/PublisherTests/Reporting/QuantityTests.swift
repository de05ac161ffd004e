import Testing

@testable import Publisher

@Suite struct QuantityTests {
  @Test(
    arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] as [(UInt64, String)])
  func groupsThousands(_ number: UInt64, _ text: String) {
    #expect(Quantity.grouped(number) == text)
  }

  @Test(
    arguments: [
      (0, 1, "0.0"), (1.25, 1, "1.3"), (1.04, 1, "1.0"), (12.999, 2, "13.00"), (0.005, 3, "0.005"),
      (-1.5, 1, "-1.5"),
      (7, 0, "7"),
    ] as [(Double, Int, String)])
  func roundsToDigits(_ number: Double, _ digits: Int, _ text: String) {
    #expect(Quantity.fixed(number, digits: digits) == text)
  }

  @Test(arguments: [
    (0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1.0 KiB"), (3 << 19, "1.5 MiB"), (1 << 30, "1.0 GiB"),
  ])
  func choosesAUnit(_ count: Int, _ text: String) {
    #expect(Quantity.bytes(count) == text)
  }
}
