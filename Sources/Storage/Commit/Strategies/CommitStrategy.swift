internal import Ingest
internal import PostgresClient

/// A sequence of statements that brings the events of a group into the table `events`, in one transaction.
/// Every strategy is exact, whatever other writers and servers do at the same time. A value runs once.
///
/// A strategy owns the filtered rows of its attempt. They end with it: committed by `end`, or else abandoned.
protocol CommitStrategy: ~Copyable {
  /// The name of the strategy in the log and the settings.
  static var name: StrategyName { get }

  /// Runs the statements from BEGIN to COMMIT.
  /// - Returns: The result of the committed group, or the reason for which the group runs again. In the second
  ///   case the transaction is open still, and the caller rolls it back.
  /// - Throws: The first error of a statement. Nothing was committed, unless the connection is lost.
  mutating func commit(in transaction: GroupTransaction) throws(PostgresError) -> GroupEnding

  /// The event in row `number` of the COPY, counted from 1; nil when the strategy has sent no such row.
  func place(ofRow number: Int) -> StagedPlace?

  /// Ends the attempt after its COMMIT: the dedup cache learns the keys, and other writers hear the outcome.
  /// - Parameter purge: The purge generation that the transaction read; nil when it claimed no batch.
  consuming func end(committed purge: Int64?)
}

extension StrategyName {
  /// Whether the strategy succeeds only if none of the keys that it sends is stored.
  var expectsNewKeys: Bool { self == .pipelinedInsert || self == .directCopy }

  /// The strategy with which a group that met a stored key runs again at once.
  var afterConflict: StrategyName { expectsNewKeys ? .lookupThenCopy : .stagedInsert }
}
