/// The commit strategies by name, in log and metrics. A strategy is the sequence of statements that brings the
/// events of a group into their table.
public enum StrategyName: String, Hashable, Sendable, CaseIterable {
  /// Sends everything from BEGIN to COMMIT at once, with the rows as parameters of an INSERT. For small groups.
  /// The attempt fails if one of the keys is stored already.
  case pipelinedInsert
  /// Copies the events into `events`. The fastest strategy for large groups, but the attempt fails if one of
  /// the keys is stored already.
  case directCopy
  /// Looks up which keys are stored, then copies the other events as `directCopy` does. The attempt fails if
  /// another server stores one of the keys between lookup and COPY.
  case lookupThenCopy
  /// Copies the events into a temporary table, then runs INSERT ... ON CONFLICT DO NOTHING. Stored keys never
  /// make the attempt fail.
  case stagedInsert
}
