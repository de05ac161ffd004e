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
    /// Another writer's group, whose keys this group left out, did not commit in time.
    case dependencyTimeout
  }

  private let choice: CommitStrategySetting
  private var oldDuplicates = History()
  private var dependencyTimeouts = History()
  /// Number of next groups that use `stagedInsert` before the other strategies are tried again.
  private var stagedLeft = 0
  /// Value of `stagedLeft` after the next failure of the other strategies. It doubles at each failure, up to
  /// `longestStay`.
  private var stagedNext = Self.firstStay
  /// Number of groups that used the other strategies without failing since the last failure.
  private var undisturbed = 0

  private static let firstStay = 16
  private static let longestStay = 256
  /// Number of undisturbed groups after which the other server is taken to be gone, so that `stagedNext`
  /// starts again from `firstStay`.
  private static let quiet = 8

  init(_ choice: CommitStrategySetting) {
    self.choice = choice
  }

  /// The commit strategy of the next group. `pipelinedInsert` is chosen for a group of any size; a group that is
  /// too large for it runs as `directCopy` (`GroupTransaction.commit`).
  var strategy: StrategyName {
    switch choice {
    case .directCopy: .directCopy
    case .lookupThenCopy: .lookupThenCopy
    case .stagedInsert: .stagedInsert
    case .auto:
      stagedLeft > 0 ? .stagedInsert : oldDuplicates.isFrequent ? .lookupThenCopy : .pipelinedInsert
    }
  }

  /// Records the outcome of a group. With `stagedInsert` the only outcomes are `clean` and `oldDuplicates`.
  ///
  /// One `conflict` is enough to change the strategy. Only another server causes it, because the groups of one
  /// server wait for each other, and a server that receives the same events will cause it again. A
  /// `dependencyTimeout` may only mean a slow disk, so it must be frequent.
  mutating func note(_ experience: Experience) {
    oldDuplicates.append(experience == .oldDuplicates)
    if stagedLeft > 0 {
      stagedLeft -= 1
      return
    }
    dependencyTimeouts.append(experience == .dependencyTimeout)
    if experience == .conflict || dependencyTimeouts.isFrequent {
      dependencyTimeouts = History()
      stagedLeft = stagedNext
      stagedNext = min(stagedNext * 2, Self.longestStay)
      undisturbed = 0
    } else {
      undisturbed += 1
      if undisturbed == Self.quiet { stagedNext = Self.firstStay }
    }
    assert(stagedLeft >= 0 && stagedNext >= Self.firstStay && stagedNext <= Self.longestStay)
  }
}

/// The outcomes of the last eight groups, one bit each: 1 if the group had the outcome. The latest group is
/// the lowest bit.
private struct History {
  private var bits: UInt8 = 0

  /// Whether at least two of the last eight groups had the outcome.
  var isFrequent: Bool { bits.nonzeroBitCount >= 2 }

  mutating func append(_ had: Bool) {
    bits = bits << 1 | (had ? 1 : 0)
  }
}
