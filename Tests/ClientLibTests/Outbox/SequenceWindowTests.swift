import Testing

@testable import ClientLib

@Suite struct SequenceWindowTests {
  @Test func numbersElementsFromItsBase() {
    var window = SequenceWindow<String>(base: 5)
    #expect(window.append("a") == 5)
    #expect(window.append("b") == 6)
    #expect(window.next == 7)
    #expect(window[5] == "a")
    #expect(window[4] == nil)
    #expect(window[7] == nil)
  }

  @Test func raisesItsBaseOverRemovedElements() {
    var window = SequenceWindow<Int>()
    for number in 1...4 { _ = window.append(number) }
    #expect(window.remove(2) == 2)
    #expect(window.base == 1)
    #expect(window.remove(1) == 1)
    #expect(window.base == 3)
    #expect(window.remove(4) == 4)
    #expect(window.remove(3) == 3)
    #expect(window.base == 5)
    #expect(window.isEmpty)
    #expect(window.append(9) == 5)
  }

  @Test func removesAnElementOnce() {
    var window = SequenceWindow<Int>()
    _ = window.append(1)
    #expect(window.remove(1) == 1)
    #expect(window.remove(1) == nil)
    #expect(window.count == 0)
  }

  @Test func changesAnElement() {
    var window = SequenceWindow<[Int]>()
    _ = window.append([1])
    window.change(1) { $0.append(2) }
    window.change(2) { $0.append(3) }
    #expect(window[1] == [1, 2])
  }

  @Test func findsTheFirstElementFromANumberOn() {
    var window = SequenceWindow<Int>()
    for number in 1...5 { _ = window.append(number) }
    _ = window.remove(3)
    #expect(window.first(from: 1) == 1)
    #expect(window.first(from: 3) == 4)
    #expect(window.first(from: 6) == nil)
  }

  @Test(arguments: 0..<8) func behavesLikeADictionary(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var window = SequenceWindow<UInt64>()
    var model: [UInt64: UInt64] = [:]
    var next: UInt64 = 1
    for _ in 0..<400 {
      if Bool.random(using: &generator) {
        let sequence = window.append(next)
        #expect(sequence == next)
        model[next] = next
        next += 1
      } else {
        let sequence = UInt64.random(in: 1...next, using: &generator)
        let removed = window.remove(sequence)
        #expect(removed == model.removeValue(forKey: sequence))
      }
    }
    #expect(window.count == model.count)
    #expect(window.base == model.keys.min() ?? next)
    #expect(window.all.map(\.sequence) == model.keys.sorted())
  }
}
