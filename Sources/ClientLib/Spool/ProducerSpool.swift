extension Producer {
  /// Directory that keeps unsettled batches after the producer's process has ended, however it ended. The
  /// next producer over the directory sends them under the same identity and with the same sequences.
  /// ``adoptOrphans(in:to:configuration:deadline:logger:)`` sends those of other processes that have ended.
  ///
  /// One producer at a time uses a directory; a second one throws `spoolInUse`. All batches are in memory,
  /// too, so `outboxBytes` and `outboxBatches` bound them as well. Format: `spec/spool.md`.
  public struct Spool: Hashable, Sendable {
    /// When written records are synced to the disk. Written records survive the end of the process in any
    /// case; syncing protects them against a failure of the machine.
    public enum Sync: Hashable, Sendable {
      /// Before `publish` returns. Batches that are published at the same time share one `fsync`.
      case everyBatch
      /// At most this time after they were written. A power failure may lose the batches of this time.
      case interval(Duration)
      /// When the operating system writes them.
      case never
    }

    /// The directory. It is created when it is missing; its parent directory must exist.
    public var directory: String
    /// Bytes that the directory's files have together at most; at least 1 MiB, 256 MiB by default. At the
    /// bound `whenFull` decides. A batch is always taken when nothing else is unsettled. Records of settled
    /// batches are always written: 8 bytes a batch and 48 bytes a write.
    public var bytes: Int
    /// When written records are synced to the disk; every second by default.
    public var sync: Sync

    /// A spool in `directory`.
    public init(directory: String, bytes: Int = 256 << 20, sync: Sync = .interval(.seconds(1))) {
      self.directory = directory
      self.bytes = bytes
      self.sync = sync
    }

    /// The first invalid value; nil when all are valid.
    var problem: ProducerError? {
      guard !directory.isEmpty else {
        return ProducerError(.invalidConfiguration, "the spool has no directory; name one")
      }
      guard bytes >= 1 << 20 else {
        return ProducerError(
          .invalidConfiguration, "the spool's bytes are \(bytes); they must be at least 1 MiB")
      }
      if case .interval(let pause) = sync, pause <= .zero {
        return ProducerError(.invalidConfiguration, "the spool's interval is \(pause); it must be above zero")
      }
      return nil
    }
  }
}
