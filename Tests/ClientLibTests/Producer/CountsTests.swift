import Testing
import WireProtocol

@testable import ClientLib

@Suite struct CountsTests {
  @Test func isReadable() {
    let counts = BatchCounts(unique: 2, duplicate: 1, dead: 0)
    #expect("\(Counts(counts, received: 3, isReplay: false))" == "3 events: 2 unique, 1 duplicate, 0 dead")
    #expect("\(Counts(nil, received: 3, isReplay: true))" == "3 events, counts unknown")
  }
}
