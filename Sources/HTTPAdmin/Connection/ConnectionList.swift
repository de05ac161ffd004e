/// The open connections, and the choice of the connection that is closed when a new one needs its place.
/// Pure.
///
/// Connections without a request are closed first, then those that wait for another request; of each kind the
/// oldest first. A connection with an open request is never closed for another one.
struct ConnectionList {
  /// Number of a connection.
  typealias Member = UInt64

  /// Result of a new connection.
  enum Entry: Equatable {
    /// It is served. `victim` is closed for it, if there is one.
    case ordinary(victim: Member?)
    /// All others are busy: it may only ask for the monitoring paths. `victim` is closed for it.
    case extra(victim: Member?)
    /// It is closed at once.
    case refused
  }

  private enum Rest: Hashable {
    /// The connection has sent no request yet.
    case silent
    /// The connection has received an answer and waits for its next request.
    case idle
  }

  private let places: Int
  private let extraPlaces: Int
  private var members: [Member: (rest: Rest, since: UInt64)?] = [:]
  private var silent = RestingMembers()
  private var idle = RestingMembers()
  private var moment: UInt64 = 0

  /// - Parameters:
  ///   - places: Maximum number of connections that are served.
  ///   - extraPlaces: Number of further connections, for monitoring paths.
  init(places: Int, extraPlaces: Int) {
    precondition(places >= 1 && extraPlaces >= 0, "a server needs at least one place")
    self.places = places
    self.extraPlaces = extraPlaces
  }

  /// Number of open connections.
  var count: Int { members.count }

  /// Adds a connection that has sent nothing yet.
  mutating func enter(_ member: Member) -> Entry {
    assert(members[member] == nil, "each connection must have its own number")
    let victim = members.count < places ? nil : takeOldest()
    let taken = members.count
    guard taken < places + extraPlaces else { return .refused }
    rest(member, .silent)
    return taken < places ? .ordinary(victim: victim) : .extra(victim: victim)
  }

  /// Marks a connection as busy. Has no effect on a connection that was removed.
  mutating func begin(_ member: Member) {
    if members[member] != nil { members[member] = .some(nil) }
  }

  /// Marks a connection as idle, because its last answer is complete.
  mutating func wait(_ member: Member) {
    if members[member] != nil { rest(member, .idle) }
  }

  /// Removes a closed connection.
  mutating func leave(_ member: Member) {
    members[member] = nil
  }

  /// Removes and returns the connection to close first; nil when all are busy.
  mutating func takeOldest() -> Member? {
    guard let member = silent.takeOldest(where: isStill(.silent)) ?? idle.takeOldest(where: isStill(.idle))
    else { return nil }
    members[member] = nil
    return member
  }

  private func isStill(_ rest: Rest) -> (Member, UInt64) -> Bool {
    { [members] member, since in
      guard let entry = members[member], let entry else { return false }
      return entry == (rest, since)
    }
  }

  private mutating func rest(_ member: Member, _ rest: Rest) {
    moment += 1
    members[member] = (rest, moment)
    switch rest {
    case .silent: silent.append(member, since: moment)
    case .idle: idle.append(member, since: moment)
    }
    let most = 2 * members.count + 64
    if silent.count > most { silent.compact(where: isStill(.silent)) }
    if idle.count > most { idle.compact(where: isStill(.idle)) }
  }
}

/// Connections in the order in which they became idle. Entries of connections that are no longer idle are
/// skipped.
private struct RestingMembers {
  private var entries: [(member: ConnectionList.Member, since: UInt64)] = []
  private var head = 0

  var count: Int { entries.count - head }

  mutating func append(_ member: ConnectionList.Member, since moment: UInt64) {
    entries.append((member, moment))
  }

  mutating func takeOldest(
    where isStill: (ConnectionList.Member, UInt64) -> Bool
  ) -> ConnectionList.Member? {
    defer {
      if 2 * head > entries.count {
        entries.removeFirst(head)
        head = 0
      }
    }
    while head < entries.count {
      let entry = entries[head]
      head += 1
      if isStill(entry.member, entry.since) { return entry.member }
    }
    return nil
  }

  mutating func compact(where isStill: (ConnectionList.Member, UInt64) -> Bool) {
    entries = entries[head...].filter { isStill($0.member, $0.since) }
    head = 0
  }
}
