import Testing

@testable import WireProtocol

struct SettledWindowTests {
  @Test(arguments: [
    (UInt64(1), UInt64(0), [] as [UInt64], UInt64(0)),
    (1, 5, [], 5),
    (10, 5, [], 9),
    (10, 5, [10, 11, 13], 11),
    (1, 2, [1, 2, 3, 4], 4),
  ])
  func beginsWithWhatTheRegistrationAnswered(
    _ base: UInt64, _ floor: UInt64, _ settled: [UInt64], _ expected: UInt64
  ) {
    #expect(SettledWindow(base: base, floor: floor, settled: settled).through == expected)
  }

  @Test(arguments: 0..<20) func equalsASetOfAllSettledSequences(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var window = SettledWindow(base: 1, floor: 0, settled: [] as [UInt64])
    var model: Set<UInt64> = []
    for _ in 0..<500 {
      let before = window.through
      if Int.random(in: 0..<20, using: &random) == 0 {
        let base = window.through + UInt64.random(in: 1...20, using: &random)
        window.raise(base: base)
        if base > 1 { model.formUnion(1..<base) }
      } else {
        let sequence = UInt64.random(in: 1...(before + 30), using: &random)
        window.settle(sequence)
        model.insert(sequence)
      }
      var expected: UInt64 = 0
      while model.contains(expected + 1) { expected += 1 }
      #expect(window.through == expected)
      #expect(window.through >= before)
    }
  }
}
