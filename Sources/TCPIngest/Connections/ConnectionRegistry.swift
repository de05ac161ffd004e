import Ingest
import Synchronization
import WireProtocol

/// The newest connection of each producer on this server. It ends an older connection at once.
///
/// This only saves time, and correctness does not depend on it: a newer connection on another server is
/// noticed when a batch of the older one commits.
final class ConnectionRegistry: Sendable {
  private struct Entry {
    let session: Int64
    let incarnation: StoreIncarnation
    let inbox: SettlementInbox

    /// Sessions are comparable within one incarnation of the store; another one may count from 1 again.
    func isOlder(than other: Entry) -> Bool {
      (incarnation.number, session) < (other.incarnation.number, other.session)
    }
  }

  private let entries = Mutex<[ProducerID: Entry]>([:])

  /// Enters a connection of `producer` with its session, and tells the older one of two connections that it is
  /// superseded.
  func register(
    _ producer: ProducerID, session: Int64, incarnation: StoreIncarnation, inbox: SettlementInbox
  ) {
    let entry = Entry(session: session, incarnation: incarnation, inbox: inbox)
    let (older, newest) = entries.withLock { entries -> (SettlementInbox?, Int64) in
      guard let present = entries[producer] else {
        entries[producer] = entry
        return (nil, session)
      }
      guard present.isOlder(than: entry) else { return (inbox, present.session) }
      entries[producer] = entry
      return (present.inbox, session)
    }
    older?.sessionSuperseded(producer, by: newest)
  }

  /// The members of `producers` that have a connection to this server.
  func connected(of producers: Set<ProducerID>) -> Set<ProducerID> {
    entries.withLock { entries in producers.filter { entries[$0] != nil } }
  }

  /// All producers that have a connection to this server.
  var connected: Set<ProducerID> { entries.withLock { Set($0.keys) } }

  /// Removes the connection with `inbox`; a newer one of the producer stays.
  func remove(_ producer: ProducerID, inbox: SettlementInbox?) {
    entries.withLock { entries in
      if entries[producer]?.inbox === inbox { entries[producer] = nil }
    }
  }
}
