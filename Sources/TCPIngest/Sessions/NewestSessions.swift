import Ingest
import Synchronization
import WireProtocol

/// The newest session of each producer on this server, so that an older one ends at once.
///
/// Only quicker: correctness never depends on it, and a newer session on another server is noticed
/// when a batch of the older one commits.
final class NewestSessions: Sendable {
  private struct Entry {
    let session: Int64
    let mailbox: SettlementMailbox
  }

  private let entries = Mutex<[ProducerID: Entry]>([:])

  /// `producer` registered `session`; whichever of two sessions is older is told.
  func register(_ producer: ProducerID, session: Int64, mailbox: SettlementMailbox) {
    let (older, newest) = entries.withLock { entries -> (SettlementMailbox?, Int64) in
      guard let entry = entries[producer] else {
        entries[producer] = Entry(session: session, mailbox: mailbox)
        return (nil, session)
      }
      guard entry.session < session else { return (mailbox, entry.session) }
      entries[producer] = Entry(session: session, mailbox: mailbox)
      return (entry.mailbox, session)
    }
    older?.sessionSuperseded(producer, by: newest)
  }

  /// Those of `producers` that have a connection here.
  func connected(of producers: Set<ProducerID>) -> Set<ProducerID> {
    entries.withLock { entries in producers.filter { entries[$0] != nil } }
  }

  /// The connection of `session` is gone.
  func remove(_ producer: ProducerID, session: Int64) {
    entries.withLock { entries in
      if entries[producer]?.session == session { entries[producer] = nil }
    }
  }
}
