import Testing

@testable import Publisher

@Suite struct PlaceDealerTests {
  @Test func dealsEveryPlaceOnceInBatches() {
    let dealer = PlaceDealer(count: 25, batch: 10)
    #expect(dealer.deal() == 0..<10)
    #expect(dealer.deal() == 10..<20)
    #expect(dealer.deal() == 20..<25)
    #expect(dealer.deal() == nil)
    #expect(dealer.dealt == 25)
  }

  @Test func dealsTheFirstPlacesOnlyWhenItIsStopped() {
    let dealer = PlaceDealer(count: 25, batch: 10)
    _ = dealer.deal()
    dealer.stop()
    #expect(dealer.deal() == nil)
    #expect(dealer.dealt == 10)
  }

  @Test func dealsToManyAtOnceWithoutGapOrOverlap() async {
    let dealer = PlaceDealer(count: 10_000, batch: 7)
    let dealt = await withTaskGroup(of: [Range<UInt64>].self) { group in
      for _ in 0..<8 {
        group.addTask {
          var own: [Range<UInt64>] = []
          while let places = dealer.deal() { own.append(places) }
          return own
        }
      }
      return await group.reduce([]) { $0 + $1 }.sorted { $0.lowerBound < $1.lowerBound }
    }
    #expect(dealt.first?.lowerBound == 0)
    #expect(dealt.last?.upperBound == 10_000)
    #expect(zip(dealt, dealt.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }
}
