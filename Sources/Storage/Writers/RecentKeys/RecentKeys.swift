internal import Synchronization

/// The keys that this server committed lately, so that most duplicates never reach the database.
///
/// All writers share it. It is exact: it may know too little, but a key that it knows is stored. For that,
/// keys enter when COMMIT has returned, it is dropped whole when a connection to the database is lost
/// (whoever answers next may be another database), and each transaction reads the purge generation that
/// every deletion of events raises: with another than that of the memory, the memory is dropped.
///
/// It also knows the keys of the groups that are being committed now. Another writer may leave such an event
/// out and wait before its own COMMIT for how that group ends; groups only wait for groups that began
/// earlier, so never in a circle within one server.
final class RecentKeys: Sendable {
  private struct State {
    var current: KeySet?
    var previous: KeySet?
    var generation: UInt64 = 0
    var purge: Int64?
    var passes: [Int: (pass: GroupPass, keys: KeySet)] = [:]

    /// How many keys before its turn the slots of a key are fetched: nearly all are far away in memory.
    private static let keysAhead = 8

    func contains(_ key: KeyHash) -> Bool {
      current?.contains(key) == true || previous?.contains(key) == true
    }

    /// Has the slots fetched of a key whose turn comes some keys after that of `number`.
    func prefetch(ahead number: Int, of keys: [KeyHash]) {
      let next = number + Self.keysAhead
      guard next < keys.count else { return }
      current?.prefetch(keys[next])
      previous?.prefetch(keys[next])
    }
  }

  /// Keys of which none is forgotten; 0 for a memory of nothing.
  let capacity: Int
  /// Makes the hashes that this memory knows keys by.
  let hasher: KeyHasher
  private let state = Mutex(State())

  /// A memory of the last `capacity` keys and up to as many earlier ones, at 32 bytes a key.
  init(capacity: Int) {
    precondition(capacity >= 0)
    self.capacity = capacity
    var generator = SystemRandomNumberGenerator()
    hasher = KeyHasher(using: &generator)
  }

  /// Begins an attempt of `writer` to commit the events with `keys`, and says what is known of them.
  /// - Parameter awaitsOthers: whether to leave out what other writers are about to commit.
  func begin(_ keys: [KeyHash], writer: Int, awaitsOthers: Bool) -> KeyScreening {
    let pass = GroupPass()
    return state.withLock { state in
      let own = Self.emptySet(for: keys.count, reusing: state.passes.removeValue(forKey: writer)?.keys)
      var awaited: [GroupPass] = []
      let others = awaitsOthers ? Array(state.passes.values) : []
      var verdicts: [KeyScreening.Verdict] = []
      verdicts.reserveCapacity(keys.count)
      for (number, key) in keys.enumerated() {
        state.prefetch(ahead: number, of: keys)
        if state.contains(key) {
          verdicts.append(.stored)
        } else if let other = others.first(where: { $0.keys.contains(key) }) {
          if !awaited.contains(where: { $0 === other.pass }) { awaited.append(other.pass) }
          verdicts.append(.awaited)
        } else {
          verdicts.append(own.insert(key) ? .send : .repeated)
        }
      }
      state.passes[writer] = (pass, own)
      return KeyScreening(
        pass: pass, verdicts: verdicts, generation: state.generation, purge: state.purge, awaited: awaited)
    }
  }

  /// Whether what `screening` said holds in a transaction that reads the generation `purge`. If not, what is
  /// remembered is dropped.
  func confirms(_ screening: KeyScreening, purge: Int64) -> Bool {
    state.withLock { state in
      if let known = state.purge, known != purge { Self.drop(&state) }
      if state.purge == nil { state.purge = purge }
      return Self.holds(screening, in: state)
    }
  }

  /// Whether nothing that `screening` relied on was dropped since.
  func holds(_ screening: KeyScreening) -> Bool {
    state.withLock { Self.holds(screening, in: $0) }
  }

  private static func holds(_ screening: KeyScreening, in state: State) -> Bool {
    !screening.leavesOut || screening.generation == state.generation
  }

  /// Ends the attempt that `screening` began.
  /// - Parameter purge: the generation that the committed transaction read; nil when it did not commit.
  func end(_ screening: KeyScreening, keys: [KeyHash], writer: Int, committed purge: Int64?) {
    state.withLock { state in
      guard let own = state.passes[writer], own.pass === screening.pass else { return }
      if let purge, purge == state.purge, screening.generation == state.generation {
        for (number, verdict) in screening.verdicts.enumerated() {
          state.prefetch(ahead: number, of: keys)
          if verdict == .send { remember(keys[number], in: &state) }
        }
      }
      // The set stays for the writer's next group; empty, so that nobody waits for it.
      own.keys.removeAll()
    }
    screening.pass.end(committed: purge != nil)
  }

  /// Forgets everything: a connection was lost, and the next may lead to a database that knows less.
  func drop() {
    state.withLock { Self.drop(&$0) }
  }

  private func remember(_ key: KeyHash, in state: inout State) {
    guard capacity > 0 else { return }
    if state.current.map({ $0.count >= capacity }) ?? true {
      let retired = state.previous
      state.previous = state.current
      retired?.removeAll()
      state.current = retired ?? KeySet(capacity: capacity)
    }
    state.current?.insert(key)
  }

  private static func drop(_ state: inout State) {
    state.current = nil
    state.previous = nil
    state.purge = nil
    state.generation &+= 1
  }

  /// A writer's groups are mostly of the same size, so its set is used again.
  private static func emptySet(for count: Int, reusing old: KeySet?) -> KeySet {
    guard let old, old.capacity >= count, old.capacity / 8 <= count else {
      return KeySet(capacity: max(64, count))
    }
    old.removeAll()
    return old
  }
}
