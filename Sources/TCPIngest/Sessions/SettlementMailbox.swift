import Ingest
import SocketIO
import Synchronization
import WireProtocol

/// Takes the answers that writers have for one session to the session's loop.
///
/// Many batches settle at once; whatever gathers until the loop gets to it makes one visit, and so one
/// write to the socket.
final class SettlementMailbox: SettlementObserver {
  struct Mail {
    var settled: [(sequence: UInt64, outcome: BatchOutcome)] = []
    var supersededBy: Int64?
  }

  private struct State {
    var mail = Mail()
    var isVisitDue = false
  }

  private let session: LoopBound<Session>
  private let state = Mutex(State())

  init(_ session: LoopBound<Session>) {
    self.session = session
  }

  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome) {
    deliver { $0.settled.append((key.sequence, outcome)) }
  }

  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {
    deliver { $0.supersededBy = max(session, $0.supersededBy ?? session) }
  }

  /// What has gathered; later mail is announced by another visit.
  func take() -> Mail {
    state.withLock { state in
      defer { state = State() }
      return state.mail
    }
  }

  /// What has gathered, on the loop and before the visit, which still comes: no other is needed until then.
  func takeAhead() -> Mail {
    state.withLock { state in
      defer { state.mail = Mail() }
      return state.mail
    }
  }

  private func deliver(_ add: (inout Mail) -> Void) {
    let isFirst = state.withLock { state in
      add(&state.mail)
      defer { state.isVisitDue = true }
      return !state.isVisitDue
    }
    guard isFirst else { return }
    session.loop.run { [session] in session.value.mailArrived() }
  }
}
