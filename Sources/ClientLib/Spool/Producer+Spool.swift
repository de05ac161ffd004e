extension Producer {
  /// Keeps unsettled batches in a directory, so that they survive the producer's process, however it ends:
  /// the next producer over the directory sends them, under the same identity and with the same sequences.
  ///
  /// One producer at a time uses a directory. Everything in it is held in memory, too, so `outboxBytes` and
  /// `outboxBatches` bound it as well. The format is in `spec/spool.md`.
  public struct Spool: Hashable, Sendable {
    /// When the disk must have what was written. What the process wrote survives the process in any case;
    /// this is about the machine.
    public enum Sync: Hashable, Sendable {
      /// Before `publish` returns. Batches that come at the same time share one `fsync`.
      case everyBatch
      /// At most so long after it was written: a power failure may take that much.
      case interval(Duration)
      /// When the operating system finds the time.
      case never
    }

    /// The directory, which is made if it is missing; its parent is there.
    public var directory: String
    /// Bytes that the directory's files may have together. A batch is always taken when nothing else is
    /// unsettled, and notes of what is settled come on top: a few bytes for each batch. At least 1 MiB.
    public var bytes: Int
    /// When the disk must have what was written.
    public var sync: Sync

    /// A spool in `directory`.
    public init(directory: String, bytes: Int = 256 << 20, sync: Sync = .interval(.seconds(1))) {
      self.directory = directory
      self.bytes = bytes
      self.sync = sync
    }

    /// The first contradiction, if any.
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
