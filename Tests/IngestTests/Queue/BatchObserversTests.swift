import Testing

@testable import Ingest

struct BatchObserversTests {
  private let first = RecordingObserver()
  private let second = RecordingObserver()

  @Test func addsAnObserverOnce() {
    var observers = BatchObservers(first, session: 1)
    let superseded = observers.add(first, session: 1)
    #expect(superseded == nil)
    #expect(observers.all.count == 1)
  }

  @Test func aNewerSessionTakesTheOldersPlace() {
    var observers = BatchObservers(first, session: 1)
    let superseded = observers.add(second, session: 2)
    #expect(superseded?.observer === first)
    #expect(superseded?.by == 2)
    #expect(observers.all.map(ObjectIdentifier.init) == [ObjectIdentifier(second)])
  }

  @Test func anOlderSessionDoesNotGetIn() {
    var observers = BatchObservers(first, session: 2)
    let superseded = observers.add(second, session: 1)
    #expect(superseded?.observer === second)
    #expect(superseded?.by == 2)
    #expect(observers.all.map(ObjectIdentifier.init) == [ObjectIdentifier(first)])
  }

  @Test func requestsWithoutASessionAllStay() {
    var observers = BatchObservers(first, session: 0)
    let superseded = [observers.add(second, session: 0), observers.add(RecordingObserver(), session: 3)]
    #expect(superseded.allSatisfy { $0 == nil })
    #expect(observers.all.count == 3)
  }

  @Test func knowsWhoseSessionIsOlder() {
    var observers = BatchObservers(first, session: 0)
    _ = observers.add(second, session: 3)
    #expect(observers.older(than: 3).isEmpty)
    #expect(observers.older(than: 4).map(ObjectIdentifier.init) == [ObjectIdentifier(second)])
  }
}
