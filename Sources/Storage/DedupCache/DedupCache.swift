internal import Ingest
internal import Synchronization

/// The keys that this server committed recently, so that most duplicates are not sent to the database.
///
/// All writers share the cache. The cache may miss a stored key, but every key in it is stored, for three
/// reasons:
/// - A key is added only after COMMIT has returned.
/// - The cache belongs to one incarnation of the database. It is cleared when another incarnation is found or
///   a connection to the database is lost.
/// - Every deletion of events raises the purge generation, which each transaction reads. The cache is cleared
///   when a transaction reads another purge generation than the cache has.
///
/// The cache also has the keys of the groups that are being committed. Another writer may leave out an event
/// with such a key; before its own COMMIT it waits for the outcome of that group. A group waits only for
/// groups that began earlier, so the groups of one server cannot deadlock.
final class DedupCache: Sendable {
  private struct State {
    /// The incarnation of the database that has the keys. A writer on an older incarnation finds no key and
    /// adds none.
    var incarnation = StoreIncarnation(0)
    var current: KeySet?
    var previous: KeySet?
    var generation: UInt64 = 0
    var purge: Int64?
    var passes: [Int: (pass: InFlightGroup, keys: KeySet)] = [:]

    /// Number of keys by which prefetching is ahead of the lookup. Prefetching pays because nearly no slot is
    /// in the processor's caches.
    private static let keysAhead = 8

    func contains(_ key: KeyHash) -> Bool {
      current?.contains(key) == true || previous?.contains(key) == true
    }

    /// Prefetches the slots of the key `keysAhead` positions after `number`.
    func prefetch(ahead number: Int, of keys: [KeyHash]) {
      let next = number + Self.keysAhead
      guard next < keys.count else { return }
      current?.prefetch(keys[next])
      previous?.prefetch(keys[next])
    }
  }

  /// Number of most recent keys that the cache keeps. With 0 the cache keeps no key.
  let capacity: Int
  /// Computes the hashes that the cache stores instead of keys.
  let hasher: KeyHasher
  private let state = Mutex(State())

  /// Creates a cache of the last `capacity` keys and at most `capacity` earlier keys, at 22 bytes a key.
  init(capacity: Int) {
    precondition(capacity >= 0)
    self.capacity = capacity
    var generator = SystemRandomNumberGenerator()
    hasher = KeyHasher(using: &generator)
  }

  /// Begins an attempt of `writer` to commit the events with `keys` in `incarnation`, and looks up the keys.
  /// - Parameter awaitsOthers: Whether to leave out events whose keys other writers are committing.
  func begin(
    _ keys: [KeyHash], writer: Int, incarnation: StoreIncarnation, awaitsOthers: Bool
  ) -> CacheLookup {
    let pass = InFlightGroup()
    return state.withLock { state in
      if state.incarnation < incarnation {
        state.incarnation = incarnation
        Self.drop(&state)
        // The groups of the older incarnation commit in another database, or not at all.
        state.passes = [:]
      }
      guard state.incarnation == incarnation else {
        return Self.lookupInEmptyCache(keys, pass, incarnation, generation: state.generation)
      }
      let own = Self.emptySet(for: keys.count, reusing: state.passes.removeValue(forKey: writer)?.keys)
      var awaited: [InFlightGroup] = []
      let others = awaitsOthers ? Array(state.passes.values) : []
      var decisions: [CacheLookup.Decision] = []
      decisions.reserveCapacity(keys.count)
      for (number, key) in keys.enumerated() {
        state.prefetch(ahead: number, of: keys)
        if state.contains(key) {
          decisions.append(.stored)
        } else if let other = others.first(where: { $0.keys.contains(key) }) {
          if !awaited.contains(where: { $0 === other.pass }) { awaited.append(other.pass) }
          decisions.append(.awaited)
        } else {
          decisions.append(own.insert(key) ? .send : .repeated)
        }
      }
      assert(decisions.count == keys.count, "a decision for each key")
      assert(awaitsOthers || awaited.isEmpty, "an attempt that awaits no others counts on no others")
      state.passes[writer] = (pass, own)
      return CacheLookup(
        pass: pass, incarnation: incarnation, decisions: decisions, generation: state.generation,
        purge: state.purge, awaited: awaited)
    }
  }

  /// The result of a lookup in an empty cache: each of `keys` is sent once.
  private static func lookupInEmptyCache(
    _ keys: [KeyHash], _ pass: InFlightGroup, _ incarnation: StoreIncarnation, generation: UInt64
  ) -> CacheLookup {
    let own = KeySet(capacity: max(64, keys.count))
    return CacheLookup(
      pass: pass, incarnation: incarnation, decisions: keys.map { own.insert($0) ? .send : .repeated },
      generation: generation, purge: nil, awaited: [])
  }

  /// Whether the decisions of `lookup` are valid in a transaction that reads the purge generation `purge`. Clears the
  /// cache if it has another purge generation, and records `purge` if the cache then has none.
  func confirms(_ lookup: CacheLookup, purge: Int64) -> Bool {
    state.withLock { state in
      guard lookup.incarnation == state.incarnation else { return !lookup.leavesOut }
      if let known = state.purge, known != purge { Self.drop(&state) }
      if state.purge == nil { state.purge = purge }
      return Self.holds(lookup, in: state)
    }
  }

  /// Whether the cache was not cleared since `lookup`, or `lookup` left out no event.
  func holds(_ lookup: CacheLookup) -> Bool {
    state.withLock { Self.holds(lookup, in: $0) }
  }

  private static func holds(_ lookup: CacheLookup, in state: State) -> Bool {
    !lookup.leavesOut || lookup.generation == state.generation
  }

  /// Ends the attempt that `lookup` began. The keys that were sent are added if the transaction committed.
  /// - Parameters:
  ///   - purge: Purge generation that the committed transaction read; nil when the transaction did not commit.
  ///   - unlearned: Keys that are not added, because they may have been deleted meanwhile.
  func end(
    _ lookup: CacheLookup, keys: [KeyHash], writer: Int, committed purge: Int64?,
    except unlearned: Set<KeyHash> = []
  ) {
    precondition(keys.count == lookup.decisions.count, "the keys that the lookup decided about")
    state.withLock { state in
      guard let own = state.passes[writer], own.pass === lookup.pass else { return }
      if let purge, purge == state.purge, lookup.generation == state.generation {
        for (number, decision) in lookup.decisions.enumerated() {
          state.prefetch(ahead: number, of: keys)
          if decision == .send, unlearned.isEmpty || !unlearned.contains(keys[number]) {
            remember(keys[number], in: &state)
          }
        }
      }
      // The writer's next group uses the set again. The set is emptied so that no other writer waits for this
      // group.
      own.keys.removeAll()
    }
    lookup.pass.end(committed: purge != nil)
  }

  /// Clears the cache, because a connection was lost and the next one may lead to a database that lost
  /// commits.
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
    assert((state.current?.count ?? 0) <= capacity && (state.previous?.count ?? 0) <= capacity)
  }

  private static func drop(_ state: inout State) {
    state.current = nil
    state.previous = nil
    state.purge = nil
    state.generation &+= 1
  }

  /// A set for the next group of a writer. The old set is reused if it fits, because most groups of a writer
  /// have a similar size.
  private static func emptySet(for count: Int, reusing old: KeySet?) -> KeySet {
    let wanted = max(64, count)
    guard let old, old.capacity >= wanted, old.capacity / 8 <= wanted else {
      return KeySet(capacity: wanted)
    }
    old.removeAll()
    return old
  }
}
