/// Parameters of a run that follows files.
struct FollowPlan: Hashable, Sendable {
  /// Paths, or patterns of paths.
  var patterns: [String]
  /// Path of the state file.
  var state: String
  /// Time that a rotated file stays unchanged until its last line is taken without an end.
  var rotateWait = Duration.seconds(5)
  /// Time between two looks at the files; nil to look when the system reports a change.
  var poll: Duration?
}
