import Testing

@testable import Storage

@Suite struct KeySetTests {
  private func key(_ number: UInt64) -> KeyHash { KeyHash(high: 1 << 63 | number, low: number &* 31) }

  @Test(arguments: [1, 2, 7, 64, 1_000]) func holdsExactlyWhatWasAdded(_ capacity: Int) {
    let set = KeySet(capacity: capacity)
    for number in 0..<UInt64(capacity) {
      #expect(!set.contains(key(number)))
      #expect(set.insert(key(number)))
      #expect(!set.insert(key(number)))
    }
    #expect(set.count == capacity)
    #expect((0..<UInt64(capacity)).allSatisfy { set.contains(key($0)) })
    #expect(!(UInt64(capacity)..<UInt64(capacity * 3)).contains { set.contains(key($0)) })
  }

  @Test func tellsKeysApartThatBeginAtTheSamePlace() {
    let set = KeySet(capacity: 100)
    let keys = (0..<100).map { KeyHash(high: 1 << 63 | UInt64($0), low: 7) }
    for key in keys.prefix(50) { #expect(set.insert(key)) }
    #expect(keys.prefix(50).allSatisfy { set.contains($0) })
    #expect(!keys.suffix(50).contains { set.contains($0) })
  }

  @Test func goesOnAtTheFirstSlotAfterTheLast() {
    for low in 0..<UInt64(64) {
      let set = KeySet(capacity: 6)
      let keys = (0..<6).map { KeyHash(high: 1 << 63 | UInt64($0), low: low) }
      #expect(keys.allSatisfy { set.insert($0) })
      #expect(keys.allSatisfy { set.contains($0) } && !set.contains(KeyHash(high: 1 << 63 | 6, low: low)))
    }
  }

  @Test func isEmptyAfterwards() {
    let set = KeySet(capacity: 10)
    for number in 0..<10 { set.insert(key(UInt64(number))) }
    set.removeAll()
    #expect(set.count == 0)
    #expect(!(0..<10).contains { set.contains(key($0)) })
  }
}
