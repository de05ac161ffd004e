import Ingest
import SocketIO
import Synchronization
import WireProtocol

/// Takes the settlements of batches from the writers' threads to the loop of one connection.
///
/// Many batches settle at once. Everything that arrives before the loop runs is delivered in one drain, and so
/// becomes one write to the transport.
final class SettlementInbox: SettlementObserver {
  struct Settlements {
    var settled: [(sequence: UInt64, outcome: BatchOutcome, incarnation: StoreIncarnation)] = []
    var supersededBy: Int64?
  }

  private struct State {
    var settlements = Settlements()
    /// Whether a drain is scheduled on the loop.
    var isDrainDue = false
  }

  private let connection: LoopBound<IngestConnection>
  private let state = Mutex(State())

  init(_ connection: LoopBound<IngestConnection>) {
    self.connection = connection
  }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {
    deliver { $0.settled.append((key.sequence, outcome, incarnation)) }
  }

  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {
    deliver { $0.supersededBy = max(session, $0.supersededBy ?? session) }
  }

  /// Takes all settlements, in the scheduled drain. The next settlement schedules another drain.
  func take() -> Settlements {
    state.withLock { state in
      defer { state = State() }
      return state.settlements
    }
  }

  /// Takes all settlements on the loop, before the scheduled drain. The drain stays scheduled, so no second
  /// one is scheduled meanwhile.
  func drainEarly() -> Settlements {
    state.withLock { state in
      defer { state.settlements = Settlements() }
      return state.settlements
    }
  }

  private func deliver(_ add: (inout Settlements) -> Void) {
    let isFirst = state.withLock { state in
      add(&state.settlements)
      defer { state.isDrainDue = true }
      return !state.isDrainDue
    }
    guard isFirst else { return }
    connection.loop.run { [connection] in connection.value.settlementsArrived() }
  }
}
