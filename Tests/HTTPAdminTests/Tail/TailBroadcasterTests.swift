import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("TailBroadcaster")
struct TailBroadcasterTests {
  private let tail = MemoryTail()

  /// Returns the topics of the next events of a subscriber; nothing at its end.
  private func topics(_ subscriber: TailSubscriber) async -> [String] {
    while true {
      switch await subscriber.next(within: .seconds(60)) {
      case .pieces(let pieces): return pieces.flatMap { $0.events.map(\.event.topic) }
      case .begin, .wait: continue
      case .end: return []
      }
    }
  }

  /// Every slow subscriber has the same time to read, so a crowd of them takes no longer than one: 10 s. One
  /// after the other they would take 120 s. The bound is between both, far enough from each for a busy machine.
  @Test func aCrowdOfSlowSubscribersDelaysOthersNoLongerThanOne() async throws {
    let broadcaster = TailBroadcaster(
      tail, TailSettings(poll: .milliseconds(1), bufferBytes: 1, timeout: .seconds(10)))
    var crowd: [TailSubscriber] = []
    for _ in 0..<12 {
      crowd.append(await broadcaster.subscribe(EventFilter(topics: .one("large"))).subscriber)
    }
    let quick = await broadcaster.subscribe(EventFilter(topics: .one("small"))).subscriber
    guard case .begin = await quick.next(within: .seconds(60)) else {
      Issue.record("a subscription begins with its position")
      return
    }
    tail.publish("large", "small")
    #expect(await topics(quick) == ["small"])
    // The buffers of the crowd are full now.
    let begin = ContinuousClock.now
    tail.publish("large", "small")
    #expect(await topics(quick) == ["small"])
    #expect(begin.duration(to: .now) < .seconds(60))
    for subscriber in crowd {
      guard case .end(.tooSlow) = await subscriber.next(within: .seconds(60)) else {
        Issue.record("a subscriber that does not read is dropped")
        return
      }
    }
    await broadcaster.close()
  }
}
