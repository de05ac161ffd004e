import SocketIO
import Synchronization
import WireProtocol

/// Passes batches from publishers to the outbox and wakes the connection manager, once for all batches that
/// were passed before it runs.
final class PublishPipeline: Sendable {
  let outbox: SharedOutbox
  private let manager: LoopBound<ConnectionManager>
  let observers: ProducerObservers
  private let configuration: Producer.Configuration
  private let isWakePending = Atomic(false)

  init(
    _ outbox: SharedOutbox, _ manager: LoopBound<ConnectionManager>,
    _ configuration: Producer.Configuration, _ observers: ProducerObservers
  ) {
    self.outbox = outbox
    self.manager = manager
    self.configuration = configuration
    self.observers = observers
  }

  /// Action of `publish` when the outbox is full.
  var whenFull: Producer.Configuration.WhenFull { configuration.whenFull }

  /// Limits within which the server accepts a batch even if it does not become shorter by compression. Before the first
  /// WELCOME the server's limits are not known, so batches are as small as every server accepts.
  var limits: BatchLimits {
    var limits = outbox.terms?.batch ?? .beforeWelcome
    let credit = outbox.terms.map { Int(clamping: $0.creditBytes) } ?? limits.rawBytes
    limits.events = min(limits.events, configuration.batchEvents)
    limits.rawBytes = min(limits.rawBytes, limits.bodyBytes, credit, configuration.batchBytes)
    return limits
  }

  /// Encodes columns; compresses them on the caller's thread.
  func encode(_ columns: [UInt8], events: Int) -> EncodedBatch {
    EncodedBatch(columns: columns, events: events, compressing: configuration.compresses)
  }

  /// Offers a batch to the outbox.
  /// - Parameter timeToLive: nil for the configured one.
  /// - Returns: whether the outbox has the batch, or a promise of room for it.
  /// - Throws: `ProducerError` when the outbox is full, as `whenFull` says, or when the producer has ended.
  func offer(
    _ encoded: EncodedBatch, _ promise: BatchPromise, timeToLive: Duration? = nil,
    whenFull: Producer.Configuration.WhenFull
  ) throws(ProducerError) -> SharedOutbox.Admission {
    promise.close(events: encoded.events)
    let expiry = (timeToLive ?? configuration.timeToLive).map { Expiry($0, now: .now, wallClock: .now) }
    let admission = try outbox.offer(encoded, promise, expiry: expiry, whenFull: whenFull)
    wakeManager()
    return admission
  }

  /// Runs `body` with the connection manager later, on its event loop.
  func onManager(_ body: @escaping @Sendable (ConnectionManager) -> Void) {
    manager.loop.run { [manager] in body(manager.value) }
  }

  /// Makes the connection manager send what it may, unless it was woken already.
  func wakeManager() {
    guard !isWakePending.exchange(true, ordering: .acquiringAndReleasing) else { return }
    onManager { [self] manager in
      isWakePending.store(false, ordering: .releasing)
      manager.pump(now: .now)
    }
  }
}

extension BatchLimits {
  /// The limits of batches before the first WELCOME: 1,000 events, the lowest limit that a server may have
  /// (`spec/wire-protocol.md`, section 4.2), and 1 MiB of columns.
  static let beforeWelcome = BatchLimits(
    bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 1_000, dictionary: 1_000)

  /// The smaller of each two limits.
  func within(_ other: BatchLimits) -> BatchLimits {
    BatchLimits(
      bodyBytes: min(bodyBytes, other.bodyBytes), rawBytes: min(rawBytes, other.rawBytes),
      events: min(events, other.events), dictionary: min(dictionary, other.dictionary))
  }
}
