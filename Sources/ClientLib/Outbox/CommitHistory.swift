import WireProtocol

/// The commits that were acknowledged to a producer under its present identity, and the conclusions that the
/// next WELCOME allows. Pure. Rules: `spec/wire-protocol.md`, section 4.2.
struct CommitHistory: Sendable {
  /// Evidence that a database is not the one that acknowledged commits.
  enum LineageLoss: Hashable, Sendable {
    /// Another database, or another timeline of the same one.
    case another(known: Lineage, found: Lineage)
    /// The same database in an earlier state: it knows less than it acknowledged.
    case wentBack
  }

  /// The session and the database of a WELCOME.
  struct LastWelcome: Sendable {
    let session: UInt64
    let lineage: Lineage
  }

  /// The database that acknowledged the last commit; nil before the first commit.
  var lineage: Lineage?
  /// The highest sequence that was acknowledged as committed; 0 before the first commit.
  private(set) var highestCommitted: UInt64
  /// The last WELCOME under the present identity; nil before the first.
  private(set) var lastWelcome: LastWelcome?
  /// Whether another program may use the present identity. Then the bitmap of WELCOME may list batches of
  /// that program.
  private(set) var mayHaveClone = false
  /// Committed sequences above the base.
  private var aboveBase: Set<UInt64> = []
  /// `aboveBase` and `highestCommitted` when the last HELLO was sent. Commits that are acknowledged later
  /// may be missing in its WELCOME.
  private var beforeHello: (aboveBase: Set<UInt64>, highest: UInt64)

  /// A history that an earlier process may have begun.
  init(lineage: Lineage? = nil, highestCommitted: UInt64 = 0, lastWelcome: LastWelcome? = nil) {
    self.lineage = lineage
    self.highestCommitted = highestCommitted
    self.lastWelcome = lastWelcome
    beforeHello = ([], highestCommitted)
  }

  /// Records that a database acknowledged `sequence` as committed.
  mutating func committed(_ sequence: UInt64) {
    highestCommitted = max(highestCommitted, sequence)
  }

  /// Records a committed sequence that the next WELCOME must list, because the base is below it.
  mutating func expectListed(_ sequence: UInt64) {
    assert(sequence <= highestCommitted, "a sequence is expected that was not committed")
    aboveBase.insert(sequence)
  }

  /// Records that a HELLO with `base` is being sent.
  mutating func helloSent(base: UInt64) {
    aboveBase = aboveBase.filter { $0 >= base }
    beforeHello = (aboveBase, highestCommitted)
  }

  /// Takes a WELCOME. Returns the loss that it shows; nil when the database knows every acknowledged commit.
  ///
  /// After a loss the history is empty, because commits of the earlier state are reported and count no more.
  /// - Parameters:
  ///   - helloBase: the base of the HELLO that this WELCOME answers; the bitmap begins there.
  ///   - listsUnsent: whether the bitmap lists sequences that this process did not send.
  mutating func welcomed(_ welcome: Welcome, helloBase: UInt64, listsUnsent: Bool) -> LineageLoss? {
    let loss = loss(welcome, helloBase: helloBase)
    if loss != nil {
      lineage = nil
      highestCommitted = 0
      aboveBase = []
      beforeHello.highest = 0
    }
    mayHaveClone = mayHaveClone || hasUnknownSessions(before: welcome) || listsUnsent
    lastWelcome = LastWelcome(session: welcome.session, lineage: welcome.lineage)
    return loss
  }

  /// Returns the loss that `welcome` shows: within a lineage session numbers only rise, a committed sequence
  /// stays in the bitmap until the base is above it, and the highest sequence of a producer is never
  /// forgotten before the producer itself.
  private func loss(_ welcome: Welcome, helloBase: UInt64) -> LineageLoss? {
    guard let lineage else { return nil }
    if lineage != welcome.lineage { return .another(known: lineage, found: welcome.lineage) }
    let isEarlier =
      lastWelcome.map { $0.lineage == welcome.lineage && welcome.session <= $0.session } ?? false
    let lacksCommits = beforeHello.aboveBase.contains {
      $0 > welcome.floor && $0 >= helloBase && !welcome.settled[$0 - helloBase]
    }
    let knowsLess = welcome.highest < beforeHello.highest
    return isEarlier || lacksCommits || knowsLess ? .wentBack : nil
  }

  /// Whether a server took HELLOs with this identity between the last WELCOME and `welcome`.
  private func hasUnknownSessions(before welcome: Welcome) -> Bool {
    guard let last = lastWelcome, last.lineage == welcome.lineage, welcome.session > last.session else {
      return false
    }
    return welcome.session - last.session > 1
  }
}
