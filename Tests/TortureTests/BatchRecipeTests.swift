import ClientLib
import Testing

@testable import Torture

/// Contents and texts of the batches.
struct BatchRecipeTests {
  @Test func aBatchIsTheSameEachTime() {
    let recipe = BatchRecipe(seed: 3, worker: 1)
    #expect((0..<50).allSatisfy { recipe.items(of: $0) == BatchRecipe(seed: 3, worker: 1).items(of: $0) })
    #expect(recipe.items(of: 1) != recipe.items(of: 2))
    #expect(recipe.items(of: 1) != BatchRecipe(seed: 4, worker: 1).items(of: 1))
    #expect(recipe.items(of: 1) != BatchRecipe(seed: 3, worker: 2).items(of: 1))
  }

  @Test func workersShareKeysAndBatchesRepeatThem() {
    func keys(_ worker: Int, _ ordinals: Range<Int>) -> [UInt64] {
      ordinals.flatMap { BatchRecipe(seed: 1, worker: worker).items(of: $0) }.compactMap {
        if case .good(let key) = $0 { key } else { nil }
      }
    }
    let (first, second) = (keys(0, 0..<40), keys(1, 0..<40))
    #expect(Set(first).count < first.count)
    #expect(!Set(first).isDisjoint(with: second))
    #expect(!Set(keys(0, 0..<20)).isDisjoint(with: keys(0, 20..<40)))
  }

  @Test func someEventsAreBadInEveryWay() {
    let bad = (0..<100).flatMap { BatchRecipe(seed: 1, worker: 0).items(of: $0) }.compactMap {
      if case .bad(_, let badness) = $0 { badness } else { nil }
    }
    #expect(Set(bad) == Set(BatchRecipe.Badness.allCases))
  }

  @Test func sizesAreThoseOfTheItems() {
    let recipe = BatchRecipe(seed: 1, worker: 0)
    let size = recipe.size(of: 7)
    #expect(size.events == recipe.items(of: 7).count)
    #expect(size.dead < size.events)
  }

  @Test func theLargestBatchFits() throws {
    let recipe = BatchRecipe(seed: 1, worker: 0)
    let largest = try #require((0..<300).max { recipe.size(of: $0).events < recipe.size(of: $1).events })
    var batch = EventBatch(events: 4_000, bytes: 8 << 20)
    let publication = Publication(worker: 0, incarnation: 0, ordinal: largest)
    try EventText.fill(&batch, publication, recipe.items(of: largest), at: .now)
    #expect(batch.count == recipe.size(of: largest).events + 1)
  }

  @Test func textsHoldTheirNumbers() throws {
    let publication = Publication(worker: 3, incarnation: 77, ordinal: 123_456)
    #expect(Publication(code: publication.code) == publication)
    let payload = EventText.payload(publication, key: 0xFEDC_BA98_7654_3210)
    let numbers = try #require(EventText.numbers(inPayload: payload))
    #expect(numbers == (publication.code, 0xFEDC_BA98_7654_3210))
    #expect(EventText.number(EventText.hexadecimal(0x0123_4567_89AB_CDEF)) == 0x0123_4567_89AB_CDEF)
    #expect(EventText.number(Array("0123".utf8)) == nil)
    #expect(EventText.number(Array("0123456789abcdeg".utf8)) == nil)
  }
}
