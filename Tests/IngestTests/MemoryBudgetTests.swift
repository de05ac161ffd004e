import Ingest
import Synchronization
import Testing

struct MemoryBudgetTests {
  /// The names of the granted reservations in their order.
  private final class Granted: Sendable {
    private let list = Mutex<[String]>([])
    var names: [String] { list.withLock { $0 } }
    func add(_ name: String) { list.withLock { $0.append(name) } }
  }

  @Test func reservesUpToItsLimit() {
    let budget = MemoryBudget(limit: 100)
    #expect(budget.reserve(60))
    #expect(!budget.reserve(41))
    #expect(budget.reserve(40))
    #expect(budget.reserved == 100)
    #expect(!budget.reserve(1))
    #expect(budget.reserve(0))
    budget.release(1)
    #expect(budget.reserve(1))
  }

  @Test func grantsInTheOrderOfTheRequests() {
    let budget = MemoryBudget(limit: 100)
    let granted = Granted()
    #expect(budget.reserve(100))
    budget.whenAvailable(80) { granted.add("large") }
    budget.whenAvailable(10) { granted.add("small") }
    budget.release(50)
    #expect(granted.names == [], "the small request does not overtake the large one")
    #expect(!budget.reserve(10), "nor does a request that does not wait")
    budget.release(30)
    #expect(granted.names == ["large"])
    budget.release(80)
    #expect(granted.names == ["large", "small"])
    #expect(budget.reserved == 30)
  }

  @Test func grantsSeveralAtOnce() {
    let budget = MemoryBudget(limit: 100)
    let granted = Granted()
    #expect(budget.reserve(100))
    for name in ["a", "b", "c"] { budget.whenAvailable(40) { granted.add(name) } }
    budget.release(100)
    #expect(granted.names == ["a", "b"])
    #expect(budget.reserved == 80)
  }

  @Test func grantsFreeBytesAtOnce() {
    let budget = MemoryBudget(limit: 100)
    let granted = Granted()
    budget.whenAvailable(100) { granted.add("all") }
    #expect(granted.names == ["all"])
    #expect(budget.reserved == 100)
  }

  @Test func moreThanTheWholeBudgetIsGrantedAlone() {
    let budget = MemoryBudget(limit: 100)
    let granted = Granted()
    #expect(budget.reserve(1))
    #expect(!budget.reserve(500))
    budget.whenAvailable(500) { granted.add("huge") }
    #expect(granted.names == [])
    budget.release(1)
    #expect(granted.names == ["huge"])
    #expect(!budget.reserve(1))
  }

  @Test func aGrantMayReleaseAtOnce() {
    let budget = MemoryBudget(limit: 100)
    let granted = Granted()
    #expect(budget.reserve(100))
    budget.whenAvailable(100) { budget.release(100) }
    budget.whenAvailable(100) { granted.add("next") }
    budget.release(100)
    #expect(granted.names == ["next"])
  }

  @Test func aReservationEndsWithItsBatch() throws {
    let budget = MemoryBudget(limit: 1_000)
    #expect(budget.reserve(700))
    var held: IngestBatch? = try batch(1, reservation: MemoryReservation(adopting: 700, of: budget))
    #expect(held != nil && budget.reserved == 700)
    held = nil
    #expect(budget.reserved == 0)
  }

  @Test func manyThreadsNeverExceedTheLimit() async {
    let budget = MemoryBudget(limit: 1_000)
    let used = Mutex((now: 0, most: 0))
    await onThreads(6) { index in
      var random = SeededGenerator(seed: UInt64(index))
      for _ in 0..<2_000 {
        let bytes = Int.random(in: 1...400, using: &random)
        let use: @Sendable () -> Void = {
          used.withLock { $0 = ($0.now + bytes, max($0.most, $0.now + bytes)) }
          used.withLock { $0.now -= bytes }
          budget.release(bytes)
        }
        if budget.reserve(bytes) { use() } else { budget.whenAvailable(bytes, use) }
      }
    }
    #expect(used.withLock { $0.most } <= 1_000)
    #expect(used.withLock { $0.now } == 0)
    #expect(budget.reserved == 0)
  }
}
