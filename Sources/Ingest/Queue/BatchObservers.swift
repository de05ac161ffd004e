/// Those who are told how one batch ended: its sender, and whoever sent the same batch again.
///
/// Of a producer's sessions only the newest stays, so that reconnecting in a loop while the store is
/// away can not pile up observers. Requests without a session (0) all stay: each has a connection
/// of its own, of which there is a bounded number.
struct BatchObservers {
  private struct Entry {
    let observer: any SettlementObserver
    let session: Int64
  }

  private var entries: [Entry]

  init(_ observer: any SettlementObserver, session: Int64) {
    entries = [Entry(observer: observer, session: session)]
  }

  /// All of them, in the order in which they came.
  var all: [any SettlementObserver] { entries.map(\.observer) }

  /// Adds `observer`, once. An observer of an older session of the same producer makes way, and is returned
  /// with the session that superseded it; that may be the new one itself.
  mutating func add(_ observer: any SettlementObserver, session: Int64) -> Superseded? {
    guard !entries.contains(where: { $0.observer === observer }) else { return nil }
    let entry = Entry(observer: observer, session: session)
    guard session != 0, let place = entries.firstIndex(where: { $0.session != 0 }) else {
      entries.append(entry)
      return nil
    }
    let present = entries[place]
    guard present.session < session else {
      return Superseded(observer: observer, by: present.session)
    }
    entries[place] = entry
    return Superseded(observer: present.observer, by: session)
  }

  /// Those whose session is older than `session`.
  func older(than session: Int64) -> [any SettlementObserver] {
    entries.filter { $0.session != 0 && $0.session < session }.map(\.observer)
  }
}

/// An observer whose producer opened a newer session.
struct Superseded {
  let observer: any SettlementObserver
  /// The newer session.
  let by: Int64
}
