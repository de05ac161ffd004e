/// The observers of one batch: its sender, and all clients that sent the same batch again.
///
/// Only the newest of a producer's sessions is kept, so that a client that reconnects in a loop while the
/// store is unavailable cannot accumulate observers. Requests without a session (0) are all kept, because the
/// number of their connections is bounded.
struct BatchObservers {
  private struct Entry {
    let observer: any SettlementObserver
    let session: Int64
    let incarnation: StoreIncarnation

    /// Whether this is the older one of two connections of a producer. Each incarnation counts sessions from
    /// 1.
    func isOlder(than other: Entry) -> Bool {
      (incarnation.number, session) < (other.incarnation.number, other.session)
    }
  }

  private var entries: [Entry]

  init(_ observer: any SettlementObserver, session: Int64, incarnation: StoreIncarnation) {
    entries = [Entry(observer: observer, session: session, incarnation: incarnation)]
  }

  /// All observers in the order of their offers.
  var all: [any SettlementObserver] { entries.map(\.observer) }

  /// Adds `observer` unless it is present. If that leaves two sessions of the producer, the older one is
  /// removed and returned; it may be the one that was to be added.
  mutating func add(
    _ observer: any SettlementObserver, session: Int64, incarnation: StoreIncarnation
  ) -> Superseded? {
    guard !entries.contains(where: { $0.observer === observer }) else { return nil }
    let entry = Entry(observer: observer, session: session, incarnation: incarnation)
    guard session != 0, let place = entries.firstIndex(where: { $0.session != 0 }) else {
      entries.append(entry)
      return nil
    }
    let present = entries[place]
    guard present.isOlder(than: entry) else {
      return Superseded(observer: observer, by: present.session)
    }
    entries[place] = entry
    return Superseded(observer: present.observer, by: session)
  }

  /// Whether one of the observers is a connection that `incarnation` registered, or an HTTP request, which no
  /// incarnation registers.
  func include(_ incarnation: StoreIncarnation) -> Bool {
    entries.contains { $0.session == 0 || $0.incarnation == incarnation }
  }

  /// Returns the observers of sessions before `session`, both given by `incarnation`.
  func older(than session: Int64, of incarnation: StoreIncarnation) -> [any SettlementObserver] {
    entries.filter { $0.session != 0 && $0.session < session && $0.incarnation == incarnation }
      .map(\.observer)
  }
}

/// An observer whose producer has a newer session.
struct Superseded {
  let observer: any SettlementObserver
  /// The newer session.
  let by: Int64
}
