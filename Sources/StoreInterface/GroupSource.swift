public import Ingest
public import WireProtocol

/// The source of the groups that the writers of a store commit, in most cases a `BatchQueue`.
///
/// A writer takes a group, commits it in one transaction, and settles each of its batches exactly once, with
/// the incarnation of the store that committed it. All functions can be called from any thread.
public protocol GroupSource: Sendable {
  /// Waits for batches and takes as many as fit into one group; at least one. Each of them must be settled.
  /// - Parameters:
  ///   - limits: The bounds of the group.
  ///   - share: The batches that the writer takes.
  ///   - timeout: The longest wait for the first batch; nil waits without a bound.
  /// - Returns: The group; nothing when the time passed; the end when the source is closed and no batch waits.
  func takeGroup(
    _ limits: GroupLimits, of share: WriterShare, within timeout: Duration?
  ) -> BatchQueue.Taken

  /// Ends a taken batch, and tells its producers the outcome. Called exactly once for each batch.
  func settle(_ batch: IngestBatch, _ outcome: BatchOutcome, by incarnation: StoreIncarnation)

  /// Settles those batches of `group` that no connection registered with `incarnation` waits for. Their
  /// producers send them again over new connections.
  /// - Returns: The keys of these batches, which the writer must not commit.
  func discard(from group: [IngestBatch], unlessOf incarnation: StoreIncarnation) -> Set<BatchKey>

  /// Tells the connections that sent batches of `group` for `producer` with a session older than `session`
  /// that a newer one exists.
  /// - Parameter incarnation: The incarnation of the store that gave `session`.
  func supersede(
    _ producer: ProducerID, by session: Int64, of incarnation: StoreIncarnation, in group: [IngestBatch])

  /// Number of batches that are not settled. After the writers have ended, these batches are abandoned.
  var abandonedCount: Int { get }
}

extension BatchQueue: GroupSource {}
