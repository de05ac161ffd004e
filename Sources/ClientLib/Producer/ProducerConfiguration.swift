extension Producer {
  /// How a producer works. The defaults suit a service that publishes single events.
  public struct Configuration: Sendable {
    /// What `publish` does when the outbox is full.
    public enum WhenFull: Hashable, Sendable {
      /// Waits until there is room.
      case wait
      /// Throws `outboxFull`.
      case fail
      /// Drops the oldest batches, so that it never waits. Their receipts throw `dropped`, and the statistics
      /// count them. What waits for an answer of the server goes last.
      case dropOldest
    }

    /// Who the producer is; a fresh random identity by default, which is right without durable state.
    public var identity = Identity.random()
    /// A name for people, in the server's list of producers; at most 255 bytes are sent.
    public var name = "sluice-client"
    /// How long `connect` tries, over all endpoints, before it throws `unreachable`.
    public var connectTimeout = Duration.seconds(10)
    /// How long one attempt may take to reach an endpoint, and then as long again for the handshake.
    public var attemptTimeout = Duration.seconds(5)
    /// The pause before the first repeated attempt. It doubles up to `longestPause`; each is drawn at random
    /// from its upper half.
    public var shortestPause = Duration.milliseconds(100)
    /// The longest pause between attempts, unless a server asks for a longer one.
    public var longestPause = Duration.seconds(10)
    /// Unsettled batches that are kept at most. 1,024 by default.
    public var outboxBatches = 1_024
    /// Bytes of unsettled batches, as compressed, that are kept at most; one batch always is. 64 MiB by
    /// default.
    public var outboxBytes = 64 << 20
    /// What `publish` does when one of the two is reached.
    public var whenFull = WhenFull.wait
    /// How long a batch may wait, from `publish` on, until a server accepts it; then its receipt throws
    /// `batchExpired`. Nil, the default, for ever. Rounded up to a millisecond, and 49 days at most.
    public var timeToLive: Duration?
    /// Where unsettled batches are kept to survive this process; nil, the default, for memory alone. The
    /// spool has an identity of its own, which goes before `identity` once it was used.
    public var spool: Spool?
    /// How long a single event waits for others to share its batch.
    public var linger = Duration.milliseconds(5)
    /// Events that are gathered into one batch at most, and in a batch of `makeBatch`; the server's limit
    /// applies, too.
    public var batchEvents = 1_000
    /// Bytes of columns before compression in such a batch at most; the server's limit applies, too.
    public var batchBytes = 1 << 20
    /// Whether batches are compressed (LZ4) if the server agrees and it makes them shorter.
    public var compresses = true
    /// Called with what happens without being asked for, on a thread of the producer: return quickly.
    public var onNotice: (@Sendable (Notice) -> Void)?

    /// The defaults.
    public init() {}

    /// The first contradiction, if any.
    var problem: ProducerError? {
      let bounds = [
        ("outboxBatches", outboxBatches), ("outboxBytes", outboxBytes), ("batchEvents", batchEvents),
        ("batchBytes", batchBytes),
      ]
      for (name, value) in bounds where value < 1 {
        return ProducerError(.invalidConfiguration, "\(name) is \(value); it must be at least 1")
      }
      let times = [
        ("connectTimeout", connectTimeout), ("attemptTimeout", attemptTimeout),
        ("shortestPause", shortestPause),
      ]
      for (name, value) in times where value <= .zero {
        return ProducerError(.invalidConfiguration, "\(name) is \(value); it must be above zero")
      }
      if let timeToLive, timeToLive <= .zero {
        return ProducerError(.invalidConfiguration, "timeToLive is \(timeToLive); it must be above zero")
      }
      if let problem = spool?.problem { return problem }
      guard linger >= .zero, longestPause >= shortestPause else {
        return ProducerError(
          .invalidConfiguration, "linger is below zero, or longestPause is shorter than shortestPause")
      }
      return nil
    }
  }
}
