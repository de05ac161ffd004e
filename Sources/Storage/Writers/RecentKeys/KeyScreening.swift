/// What the memory of recent keys knew about the events of a group when the writer asked.
struct KeyScreening {
  /// What to do with one event.
  enum Verdict: UInt8, Sendable {
    /// Send it to the database, which decides.
    case send
    /// An earlier event of the group has the same key.
    case repeated
    /// Its key was committed, and not deleted since.
    case stored
    /// A group that another writer is committing has it: a duplicate if that group commits.
    case awaited
  }

  /// The attempt that this screening began.
  let pass: GroupPass
  /// One for each event.
  let verdicts: [Verdict]
  /// Of the memory that was asked: it is worth as much as that is still its generation.
  let generation: UInt64
  /// The purge generation during which all remembered keys were seen; nil when there are none.
  let purge: Int64?
  /// The groups that `awaited` events wait for.
  let awaited: [GroupPass]

  /// Whether an event is left out because of what the memory says about the database.
  var leavesOut: Bool { verdicts.contains { $0 == .stored || $0 == .awaited } }
}
