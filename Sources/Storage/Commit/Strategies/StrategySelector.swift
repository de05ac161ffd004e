internal import Ingest
internal import StoreInterface

/// Chooses the commit strategy of a writer's next group from the outcomes of the last groups. Pure.
///
/// A failed attempt costs about as much as a successful one, and each safer strategy costs a third more than
/// the faster one before it. So the safer strategy is cheaper once more than about a quarter of the groups
/// fail.
struct StrategySelector {
  /// The outcome of a group.
  enum Experience: Hashable, Sendable {
    /// None of the keys that were sent was stored already.
    case clean
    /// Some keys were stored already: a long time ago, or by another server.
    case oldDuplicates
    /// Another server stored a key between the lookup and the COPY.
    case conflict
    /// Another group did not end in time: one whose keys this group left out, or one that kept its turn.
    case dependencyTimeout
    /// A statement of a faster strategy failed with an error that nobody knows, and `stagedInsert` succeeded.
    case unknownError
  }

  /// The way of committing that a writer keeps to for a while, after the faster ones failed.
  private enum Fallback: Hashable {
    /// `lookupThenCopy` in turns with the groups of other servers.
    case lookupInTurns
    /// `stagedInsert` in turns, because groups that take no turn stored keys first.
    case stagedInTurns
    /// `stagedInsert` without turns, because waits for other groups take too long, or the database refuses the
    /// statements of the faster strategies.
    case staged
  }

  private let choice: CommitStrategySetting
  /// Whether groups may take turns. In its turn a group looks its keys up within its transaction. So the
  /// transaction must see what others committed before the turn, and it must be allowed to read `events` before
  /// it copies into them.
  var allowsTurns: Bool
  private var oldDuplicates = History()
  private var dependencyTimeouts = History()
  private var conflictsInTurns = History()
  /// Number of conflicts of all writers of the server that the choice has followed.
  private var knownConflicts = 0
  private var fallback = Fallback.staged
  /// Number of next groups that use the fallback before the other strategies are tried again.
  private var fallbackLeft = 0
  /// Value of `fallbackLeft` after the next failure of the other strategies. It doubles at each failure, up to
  /// `longestStay`.
  private var fallbackNext = Self.firstStay
  /// Number of groups that used the other strategies without failing since the last failure.
  private var undisturbed = 0

  private static let firstStay = 16
  private static let longestStay = 256
  /// Number of undisturbed groups after which the other server is taken to be gone, so that `fallbackNext`
  /// starts again from `firstStay`.
  private static let quiet = 8
  /// Number of conflicts in eight groups in turns at which `stagedInsert` is cheaper: a lookup that was for nothing, and
  /// a wait for the other group. At the beginning a few conflicts are usual, until the other server takes turns, too.
  private static let mostConflictsInTurns = 4

  /// - Parameter mayTakeTurns: Whether groups may wait for their turn.
  init(_ choice: CommitStrategySetting, mayTakeTurns: Bool = true) {
    self.choice = choice
    allowsTurns = mayTakeTurns
  }

  /// Whether a group may take turns with the groups of other servers.
  var mayTakeTurns: Bool { allowsTurns && choice == .auto }

  /// The commit strategy of the next group. `pipelinedInsert` is chosen for a group of any size; a group that is
  /// too large for it runs as `directCopy` (`GroupTransaction.commit`).
  var strategy: StrategyName {
    switch choice {
    case .directCopy: .directCopy
    case .lookupThenCopy: .lookupThenCopy
    case .stagedInsert: .stagedInsert
    case .auto:
      if fallbackLeft > 0 {
        fallback == .lookupInTurns ? .lookupThenCopy : .stagedInsert
      } else {
        oldDuplicates.isFrequent ? .lookupThenCopy : .pipelinedInsert
      }
    }
  }

  /// Whether the next group waits for its turn.
  var takesTurn: Bool { mayTakeTurns && fallbackLeft > 0 && fallback != .staged }

  /// Records the outcome of a group. With `stagedInsert` the usual outcomes are `clean` and `oldDuplicates`.
  ///
  /// One `conflict` is enough to change the strategy. Only another server causes it, because the groups of one
  /// server wait for each other, and a server that receives the same events will cause it again. A
  /// `dependencyTimeout` may only mean a slow disk, so it must be frequent; in turns it ends the turns.
  mutating func note(_ experience: Experience) {
    oldDuplicates.append(experience == .oldDuplicates)
    if fallbackLeft > 0 {
      fallbackLeft -= 1
      noteInFallback(experience)
      return
    }
    dependencyTimeouts.append(experience == .dependencyTimeout)
    if experience == .conflict {
      // The counter of the server has this conflict, too.
      knownConflicts += 1
      fallBack(to: mayTakeTurns ? .lookupInTurns : .staged)
    } else if experience == .unknownError || dependencyTimeouts.isFrequent {
      fallBack(to: .staged)
    } else {
      undisturbed += 1
      if undisturbed == Self.quiet { fallbackNext = Self.firstStay }
    }
    assert(fallbackLeft >= 0 && fallbackNext >= Self.firstStay && fallbackNext <= Self.longestStay)
  }

  /// Takes turns, too, when another writer of the server was overtaken by another server.
  /// - Parameter conflicts: Number of conflicts of all writers of the server so far.
  mutating func join(conflicts: Int) {
    assert(conflicts >= knownConflicts, "conflicts are counted up")
    let isNew = conflicts > knownConflicts
    knownConflicts = conflicts
    if isNew, fallbackLeft == 0, mayTakeTurns { fallBack(to: .lookupInTurns) }
  }

  private mutating func noteInFallback(_ experience: Experience) {
    conflictsInTurns.append(experience == .conflict)
    if experience == .dependencyTimeout || experience == .unknownError {
      fallback = .staged
    } else if fallback == .lookupInTurns, conflictsInTurns.count >= Self.mostConflictsInTurns {
      fallback = .stagedInTurns
    }
  }

  private mutating func fallBack(to fallback: Fallback) {
    dependencyTimeouts = History()
    conflictsInTurns = History()
    self.fallback = fallback
    fallbackLeft = fallbackNext
    fallbackNext = min(fallbackNext * 2, Self.longestStay)
    undisturbed = 0
  }
}

/// The outcomes of the last eight groups, one bit each: 1 if the group had the outcome. The latest group is
/// the lowest bit.
private struct History {
  private var bits: UInt8 = 0

  /// Number of the last eight groups that had the outcome.
  var count: Int { bits.nonzeroBitCount }

  /// Whether at least two of the last eight groups had the outcome.
  var isFrequent: Bool { count >= 2 }

  mutating func append(_ had: Bool) {
    bits = bits << 1 | (had ? 1 : 0)
  }
}
