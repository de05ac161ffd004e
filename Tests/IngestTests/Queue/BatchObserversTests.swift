import Testing

@testable import Ingest

struct BatchObserversTests {
  private let first = RecordingObserver()
  private let second = RecordingObserver()

  @Test func addsAnObserverOnce() {
    var observers = BatchObservers(first, session: 1, incarnation: StoreIncarnation(1))
    let superseded = observers.add(first, session: 1, incarnation: StoreIncarnation(1))
    #expect(superseded == nil)
    #expect(observers.all.count == 1)
  }

  @Test func aNewerSessionReplacesTheOlderOne() {
    var observers = BatchObservers(first, session: 1, incarnation: StoreIncarnation(1))
    let superseded = observers.add(second, session: 2, incarnation: StoreIncarnation(1))
    #expect(superseded?.observer === first)
    #expect(superseded?.by == 2)
    #expect(observers.all.map(ObjectIdentifier.init) == [ObjectIdentifier(second)])
  }

  @Test func anOlderSessionIsNotAdded() {
    var observers = BatchObservers(first, session: 2, incarnation: StoreIncarnation(1))
    let superseded = observers.add(second, session: 1, incarnation: StoreIncarnation(1))
    #expect(superseded?.observer === second)
    #expect(superseded?.by == 2)
    #expect(observers.all.map(ObjectIdentifier.init) == [ObjectIdentifier(first)])
  }

  /// A database that was restored to an earlier state gives lower session numbers to newer connections.
  @Test func eachIncarnationCountsItsOwnSessions() {
    var observers = BatchObservers(first, session: 7, incarnation: StoreIncarnation(1))
    let superseded = observers.add(second, session: 2, incarnation: StoreIncarnation(2))
    #expect(superseded?.observer === first)
    #expect(observers.all.map(ObjectIdentifier.init) == [ObjectIdentifier(second)])
    #expect(observers.older(than: 9, of: StoreIncarnation(1)).isEmpty)
  }

  @Test(arguments: [(1, 7, false), (2, 7, true), (1, 0, true)] as [(UInt64, Int64, Bool)])
  func knowsWhetherAnIncarnationRegisteredAnObserver(number: UInt64, session: Int64, isIncluded: Bool) {
    let observers = BatchObservers(first, session: session, incarnation: StoreIncarnation(number))
    #expect(observers.include(StoreIncarnation(2)) == isIncluded)
  }

  @Test func allRequestsWithoutASessionAreKept() {
    var observers = BatchObservers(first, session: 0, incarnation: StoreIncarnation(1))
    let superseded = [
      observers.add(second, session: 0, incarnation: StoreIncarnation(1)),
      observers.add(RecordingObserver(), session: 3, incarnation: StoreIncarnation(1)),
    ]
    #expect(superseded.allSatisfy { $0 == nil })
    #expect(observers.all.count == 3)
  }

  @Test func findsObserversOfOlderSessions() {
    var observers = BatchObservers(first, session: 0, incarnation: StoreIncarnation(1))
    _ = observers.add(second, session: 3, incarnation: StoreIncarnation(1))
    #expect(observers.older(than: 3, of: StoreIncarnation(1)).isEmpty)
    #expect(
      observers.older(than: 4, of: StoreIncarnation(1)).map(ObjectIdentifier.init) == [
        ObjectIdentifier(second)
      ])
  }
}
