internal import Synchronization

/// How often another server stored a key before a writer of this server did. All writers of the server share it, so that
/// they take turns from the first conflict on: a group that takes no turn aborts those that do.
final class ConflictCounter: Sendable {
  private let conflicts = Atomic(0)

  /// Number of conflicts so far.
  var count: Int { conflicts.load(ordering: .relaxed) }

  /// Counts a conflict.
  func add() { conflicts.wrappingAdd(1, ordering: .relaxed) }
}
