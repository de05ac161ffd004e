import Ingest
import Testing
import WireProtocol

@testable import Storage
@testable import StoreInterface

@Suite struct RegistrationQueueTests {
  private static let now = ContinuousClock.now

  private func pending(
    _ producer: UInt64, name: String = "", in seconds: Int = 1
  ) -> PendingRegistration {
    PendingRegistration(
      registration: ProducerRegistration(
        producer: ProducerID(high: producer, low: 0), origin: ProducerOrigin(owner: "", name: name), base: 1,
        span: 1),
      deadline: Self.now + .seconds(seconds), completion: { _ in })
  }

  private func line(_ entries: [PendingRegistration]) -> RegistrationQueue {
    var line = RegistrationQueue()
    for entry in entries {
      let isWaiting = line.append(entry)
      #expect(isWaiting)
    }
    return line
  }

  @Test func takesARoundSortedByProducer() {
    var line = line([3, 1, 2].map { pending($0) })
    #expect(line.takeRound().map(\.registration.producer.high) == [1, 2, 3])
    #expect(line.isEmpty)
  }

  @Test func leavesTheSecondOfAProducerForTheNextRound() {
    var line = line([pending(1, name: "first"), pending(2), pending(1, name: "second")])
    #expect(line.takeRound().map(\.registration.origin.name) == ["first", ""])
    #expect(line.takeRound().map(\.registration.origin.name) == ["second"])
    #expect(line.takeRound().isEmpty)
  }

  @Test func boundsARound() {
    let count = UInt64(RegistrationQueue.largestRound)
    var line = line((0...count).map { pending($0) })
    #expect(line.takeRound().count == RegistrationQueue.largestRound)
    #expect(line.takeRound().map(\.registration.producer.high) == [count])
  }

  @Test func refusesWhatItHasNoRoomFor() {
    var line = line((0..<UInt64(RegistrationQueue.capacity)).map { pending($0) })
    let isWaiting = line.append(pending(0))
    #expect(!isWaiting)
    _ = line.takeRound()
    let hasRoom = line.append(pending(0))
    #expect(hasRoom)
  }

  @Test func givesBackThoseWhoseTimeIsOver() {
    var line = line([pending(1, in: 1), pending(2, in: 2), pending(3, in: 1)])
    #expect(line.takeExpired(at: Self.now).isEmpty)
    #expect(line.takeExpired(at: Self.now + .seconds(1)).map(\.registration.producer.high) == [1, 3])
    #expect(line.takeAll().map(\.registration.producer.high) == [2])
    #expect(line.isEmpty)
  }
}
