import Ingest
import StoreInterface
import Synchronization

@testable import HTTPAdmin

/// A live tail in memory, whose transactions the test begins and commits.
final class MemoryTail: EventTail {
  private struct Transaction {
    let batchID: Int64
    let xid: UInt64
    var events: [StoredEvent]
    var isCommitted: Bool
  }

  private struct State {
    var transactions: [Transaction] = []
    var nextXID: UInt64 = 10
    var time: Int64 = 1_000_000_000
    var lineage = "a"
    var failure: QueryError?
    var looks = 0
    var reads = 0
  }

  private let state = Mutex(State())

  /// Number of readings of the position so far.
  var looks: Int { state.withLock { $0.looks } }
  /// Number of readings of events so far.
  var reads: Int { state.withLock { $0.reads } }

  /// Begins a transaction.
  /// - Returns: the id of its batch.
  func begin(_ events: [StoredEvent] = []) -> Int64 {
    state.withLock { state in
      defer { state.nextXID += 1 }
      let batchID = Int64(state.transactions.count + 1)
      state.transactions.append(
        Transaction(batchID: batchID, xid: state.nextXID, events: events, isCommitted: false))
      return batchID
    }
  }

  /// Commits a transaction.
  func commit(_ batchID: Int64) {
    state.withLock { $0.transactions[Int(batchID) - 1].isCommitted = true }
  }

  /// Commits a transaction with one event for each topic.
  func publish(_ topics: String..., payload: String? = nil) {
    let events = topics.enumerated().map { StoredEvent.sample(topic: $1, id: "\($0)", payload: payload) }
    commit(begin(events))
  }

  /// Moves the database's clock.
  func pass(seconds: Int64) { state.withLock { $0.time += seconds * 1_000_000 } }

  /// Replaces the database by another one.
  func becomeAnother() { state.withLock { $0.lineage = "b" } }

  /// Lets all further queries fail with `failure`; nil lets them succeed.
  func fail(with failure: QueryError?) { state.withLock { $0.failure = failure } }

  func tailPosition() async throws(QueryError) -> TailPosition {
    try answer { state in
      state.looks += 1
      let running = state.transactions.filter { !$0.isCommitted }.map(\.xid)
      let first = running.first ?? state.nextXID
      let text = "\(first):\(state.nextXID):\(running.map { "\($0)" }.joined(separator: ","))"
      return TailPosition(snapshot: text, time: state.time, lineage: state.lineage)
    }
  }

  func tailBatches(
    in window: TailWindow, from batchID: Int64, limit: Int
  ) async throws(QueryError) -> [TailBatch] {
    try answer { state in
      let new = state.transactions.filter { transaction in
        transaction.isCommitted && transaction.batchID >= batchID
          && Self.isVisible(transaction.xid, in: window.to.snapshot)
          && !Self.isVisible(transaction.xid, in: window.from)
      }
      return new.prefix(limit).map { TailBatch(batchID: $0.batchID, events: $0.events.count) }
    }
  }

  func tailEvents(_ page: TailPage) async throws(QueryError) -> TailEvents {
    try answer { state in
      state.reads += 1
      let all = state.transactions.filter { page.batchIDs.contains($0.batchID) }.flatMap { transaction in
        transaction.events.map { TailEvent($0, batchID: transaction.batchID) }
      }
      let wanted = all.filter { event in
        let isBehind = page.after.map { after in
          (after.batchID, after.eventID, after.topic) < (
            event.batchID, event.event.eventID, event.event.topic
          )
        }
        return isBehind ?? true && (page.filters.isEmpty || page.filters.contains { $0.matches(event.event) })
      }
      let sorted = wanted.sorted {
        ($0.batchID, $0.event.eventID, $0.event.topic) < ($1.batchID, $1.event.eventID, $1.event.topic)
      }
      return TailEvents(Array(sorted.prefix(page.limit)), isComplete: sorted.count <= page.limit)
    }
  }

  private static func isVisible(_ xid: UInt64, in snapshot: String) -> Bool {
    let parts = snapshot.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = UInt64(parts[0]), let end = UInt64(parts[1]) else { return false }
    let running = parts[2].split(separator: ",").compactMap { UInt64($0) }
    return xid < first || (xid < end && !running.contains(xid))
  }

  private func answer<Value: Sendable>(_ body: (inout State) -> Value) throws(QueryError) -> Value {
    let result: Result<Value, QueryError> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      return .success(body(&state))
    }
    return try result.get()
  }
}
