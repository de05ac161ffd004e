import Ingest
import Synchronization
import TestSupport
import Testing

@testable import Storage
@testable import StoreInterface

@Suite struct CachedValueTests {
  @Test(arguments: [
    (Duration.milliseconds(1), Duration.seconds(14), false, false),
    (.milliseconds(1), .seconds(15), true, false),
    (.milliseconds(1), .seconds(29), true, false),
    (.milliseconds(1), .seconds(30), true, true),
    (.seconds(1), .seconds(29), false, false),
    (.seconds(1), .seconds(30), true, false),
    (.seconds(1), .seconds(60), true, true),
    (.seconds(2), .seconds(59), false, false),
    (.seconds(2), .seconds(60), true, false),
  ])
  func readsNoMoreOftenThanItsAgeAndItsCostAllow(
    cost: Duration, age: Duration, isDue: Bool, isTooOld: Bool
  ) {
    let rule = RefreshPolicy(age: .seconds(30), pause: 30)
    let start = ContinuousClock.now
    #expect(rule.isDue(readAt: start, cost: cost, now: start + age) == isDue)
    #expect(rule.isTooOld(readAt: start, cost: cost, now: start + age) == isTooOld)
  }

  @Test func readsInTheBackgroundBeforeTheNamesAreTooOld() async throws {
    let world = World()
    let directory = world.directory()
    #expect(try await directory.value().count == 1)
    world.advance(.seconds(15))
    #expect(try await directory.value().count == 1, "nobody waits")
    try await waitUntil { world.readings == 2 }
    world.advance(.seconds(15))
    #expect(try await directory.value().count == 2)
  }

  @Test func readsAgainWhenTheNamesAreTooOld() async throws {
    let world = World()
    let directory = world.directory()
    #expect(try await directory.value().count == 1)
    world.advance(.seconds(14))
    #expect(try await directory.value().count == 1)
    world.advance(.seconds(16))
    #expect(try await directory.value().count == 2)
  }

  @Test func readsAgainAtOnceWhenThisProcessChangedSomething() async throws {
    let world = World()
    let directory = world.directory()
    #expect(try await directory.value().count == 1)
    world.change()
    #expect(try await directory.value().count == 2)
    #expect(try await directory.value().count == 2)
  }

  @Test func answersWithOlderNamesAfterAChangeWhenReadingIsSlow() async throws {
    let world = World(cost: .seconds(2))
    let directory = world.directory()
    #expect(try await directory.value().count == 1)
    world.change()
    #expect(try await directory.value().count == 1)
    #expect(world.readings == 1)
  }

  @Test func answersAtOnceWithOlderNamesWhenReadingIsSlow() async throws {
    let world = World(cost: .seconds(2))
    let directory = world.directory()
    #expect(try await directory.value().count == 1)
    world.advance(.seconds(60))
    #expect(try await directory.value().count == 1)
    // The reading that this one caused ends some time.
    try await waitUntil { try await directory.value().count != 1 }
    #expect(world.readings == 2)
  }

  @Test func readsOnceForAllWhoAskAtATime() async throws {
    let world = World()
    let directory = world.directory()
    let counts = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 { group.addTask { try await directory.value().count } }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(counts == [1])
    #expect(world.readings == 1)
  }

  @Test func triesAgainAfterAFailure() async throws {
    let world = World(failures: 1)
    let directory = world.directory()
    await #expect(throws: QueryError.closed) { _ = try await directory.value() }
    #expect(try await directory.value().count == 2)
  }
}

/// A clock that a test sets, and names whose number is the number of readings.
private final class World: Sendable {
  private struct State {
    var now = ContinuousClock.now
    var readings = 0
    var failures: Int
    var version = 0
  }

  private let cost: Duration
  private let state: Mutex<State>

  init(cost: Duration = .zero, failures: Int = 0) {
    self.cost = cost
    self.state = Mutex(State(failures: failures))
  }

  var readings: Int { state.withLock { $0.readings } }

  func change() {
    state.withLock { $0.version += 1 }
  }

  func advance(_ duration: Duration) {
    state.withLock { $0.now += duration }
  }

  func directory() -> CachedValue<TopicNames> {
    CachedValue(
      rule: RefreshPolicy(age: .seconds(30), pause: 30), version: { self.state.withLock { $0.version } },
      now: { self.state.withLock { $0.now } }
    ) { self.read() }
  }

  private func read() -> Result<TopicNames, QueryError> {
    state.withLock { state in
      state.now += cost
      state.readings += 1
      guard state.failures == 0 else {
        state.failures -= 1
        return .failure(.closed)
      }
      return .success(TopicNames(names: [], count: state.readings))
    }
  }
}
