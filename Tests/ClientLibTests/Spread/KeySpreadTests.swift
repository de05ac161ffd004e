import Testing

@testable import ClientLib

@Suite struct KeySpreadTests {
  private static let keys = (0..<20_000).map { KeySpread.hash("orders.\($0 % 7)", "id-\($0)") }

  private func names(_ count: Int) -> [String] { (0..<count).map { "server-\($0):7171" } }

  /// The examples of `spec/spread.md`, computed by another program.
  @Test(
    arguments: [
      ("orders.created", "1", 0x1842_EE37, 1),
      ("orders.created", "2", 0x0B12_1DC3, 0),
      ("orders.created", "3", 0xF979_9EC0, 0),
      ("a", "b", 0x63F9_A95C, 1),
      ("", "ab", 0x73A7_FD9E, 2),
      ("größe", "x", 0xE2B4_729F, 0),
    ] as [(String, String, UInt32, Int)])
  func followsTheSpecification(_ topic: String, _ id: String, _ hash: UInt32, _ endpoint: Int) {
    let spread = KeySpread(endpoints: ["one:7171", "two:7171", "[::1]:7171"])
    #expect(KeySpread.hash(topic, id) == hash)
    #expect(spread.endpoint(for: hash, among: spread.all) == endpoint)
  }

  @Test(arguments: 1...9) func spreadsKeysEvenly(_ count: Int) {
    let spread = KeySpread(endpoints: names(count))
    var found = [Int](repeating: 0, count: count)
    for key in Self.keys { found[spread.endpoint(for: key, among: spread.all)] += 1 }
    let fair = Double(Self.keys.count) / Double(count)
    // Five standard deviations of a fair choice.
    let bound = 5 * (fair * (1 - 1 / Double(count))).squareRoot() + 1
    for number in found { #expect(abs(Double(number) - fair) < bound, "\(found)") }
  }

  @Test(arguments: 1...8) func movesOnlyTheShareOfAServerThatComes(_ count: Int) {
    let (before, after) = (KeySpread(endpoints: names(count)), KeySpread(endpoints: names(count + 1)))
    var moved = 0
    for key in Self.keys {
      let (old, new) = (
        before.endpoint(for: key, among: before.all), after.endpoint(for: key, among: after.all)
      )
      if old != new {
        moved += 1
        #expect(new == count, "a key moved between two servers that stayed")
      }
    }
    let fair = Double(Self.keys.count) / Double(count + 1)
    #expect(abs(Double(moved) - fair) < 5 * fair.squareRoot())
  }

  @Test(arguments: 2...8) func movesOnlyTheKeysOfAServerThatGoes(_ count: Int) {
    let spread = KeySpread(endpoints: names(count))
    for gone in 0..<count {
      let left = spread.all & ~(1 << UInt64(gone))
      for key in Self.keys.prefix(2_000) {
        let (old, new) = (
          spread.endpoint(for: key, among: spread.all), spread.endpoint(for: key, among: left)
        )
        #expect(old == gone ? new != gone : new == old)
      }
    }
  }

  @Test func choosesByTheTextOfAnEndpointAndNotByItsPlace() {
    let (names, reversed) = (names(5), Array(names(5).reversed()).map { $0.uppercased() })
    let (one, other) = (KeySpread(endpoints: names), KeySpread(endpoints: reversed))
    for key in Self.keys.prefix(1_000) {
      #expect(one.endpoint(for: key, among: one.all) == 4 - other.endpoint(for: key, among: other.all))
    }
  }

  @Test func choosesAmongAllWhenNoneIsAvailable() {
    let spread = KeySpread(endpoints: names(3))
    for key in Self.keys.prefix(100) {
      #expect(spread.endpoint(for: key, among: 0) == spread.endpoint(for: key, among: spread.all))
    }
  }

  @Test func takesAsManyEndpointsAsTheSetHolds() {
    let spread = KeySpread(endpoints: names(KeySpread.mostEndpoints))
    #expect(spread.all == .max)
    #expect(Set(Self.keys.map { spread.endpoint(for: $0, among: spread.all) }).count == 64)
  }
}

extension KeySpread {
  static func hash(_ topic: String, _ id: String) -> UInt32 {
    hash(topic: topic.utf8.span.bytes, id: id.utf8.span.bytes)
  }
}
