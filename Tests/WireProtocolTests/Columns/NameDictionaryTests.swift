import Testing

@testable import WireProtocol

@Suite struct NameDictionaryTests {
  private func index(_ name: [UInt8], in dictionary: inout NameDictionary) -> Int {
    let place = dictionary.place(of: name.span.bytes)
    return dictionary.insert(name.span.bytes, place)
  }

  @Test func numbersNamesInTheOrderOfFirstUse() {
    var dictionary = NameDictionary()
    let names: [[UInt8]] = [[1], [2, 2], [1], [], [2, 2], [], [3]]
    #expect(names.map { index($0, in: &dictionary) } == [0, 1, 0, 2, 1, 2, 3])
    #expect(dictionary.bytes == [1, 2, 2, 3])
    #expect(dictionary.lengths == [1, 2, 0, 1])
  }

  @Test func findsEveryNameAgainHoweverManyThereAre() {
    var dictionary = NameDictionary()
    let names = (0..<5_000).map { Array("tenant-\($0)/orders".utf8) }
    for (expected, name) in names.enumerated() { #expect(index(name, in: &dictionary) == expected) }
    for (expected, name) in names.enumerated().reversed() {
      #expect(index(name, in: &dictionary) == expected)
    }
    #expect(dictionary.count == names.count)
  }

  @Test func lookingUpAddsNothing() {
    var dictionary = NameDictionary()
    let name: [UInt8] = [1, 2, 3]
    for _ in 0..<2 {
      let place = dictionary.place(of: name.span.bytes)
      #expect(place.isFree)
    }
    #expect(dictionary.count == 0)
  }

  @Test func isEmptyAfterRemoval() {
    var dictionary = NameDictionary()
    for number in 0..<200 as Range<UInt8> { _ = index([number], in: &dictionary) }
    dictionary.removeAll()
    #expect(dictionary.count == 0 && dictionary.bytes.isEmpty)
    #expect(index([7], in: &dictionary) == 0)
    #expect(index([0], in: &dictionary) == 1)
  }

  @Test(arguments: 0..<40)
  func tellsNamesApartThatDifferInOneByte(count: Int) {
    let name = (0..<count).map { UInt8($0) }
    #expect(areEqual(name, name))
    for position in 0..<count {
      var other = name
      other[position] ^= 0x10
      #expect(!areEqual(name, other) && hash(name) != hash(other), "at \(position)")
    }
    #expect(!areEqual(name, name + [0]) && hash(name) != hash(name + [0]))
    #expect(hash(name) != hash(name, seed: 2))
  }

  private func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.span.bytes.hasSameBytes(as: other.span.bytes)
  }

  private func hash(_ name: [UInt8], seed: UInt64 = 1) -> UInt64 { name.span.bytes.hash(seed: seed) }
}
