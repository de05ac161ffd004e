import SocketIO
import Synchronization
import WireProtocol

/// The way of a batch from its publisher into the outbox, after which the courier is woken: once for as many
/// batches as come before it runs.
final class Intake: Sendable {
  let outbox: SharedOutbox
  private let courier: LoopBound<Courier>
  private let configuration: Producer.Configuration
  private let isRung = Atomic(false)

  init(_ outbox: SharedOutbox, _ courier: LoopBound<Courier>, _ configuration: Producer.Configuration) {
    self.outbox = outbox
    self.courier = courier
    self.configuration = configuration
  }

  /// The bounds of a batch that the server takes whether or not it can be compressed.
  var limits: BatchLimits {
    var limits = outbox.terms?.batch ?? .standard
    let credit = outbox.terms.map { Int(clamping: $0.creditBytes) } ?? limits.rawBytes
    limits.events = min(limits.events, configuration.batchEvents)
    limits.rawBytes = min(limits.rawBytes, limits.bodyBytes, credit, configuration.batchBytes)
    return limits
  }

  /// Packs columns, compressing them on the caller's thread.
  func pack(_ columns: [UInt8], events: Int) -> Parcel {
    Parcel(columns: columns, events: events, compressing: configuration.compresses)
  }

  /// Hands a batch to the outbox, or to those who wait for room in it.
  /// - Parameter timeToLive: nil for the configuration's.
  func offer(
    _ parcel: Parcel, _ ticket: Ticket, timeToLive: Duration? = nil,
    whenFull: Producer.Configuration.WhenFull
  ) throws(ProducerError) -> SharedOutbox.Admission {
    let expiry = (timeToLive ?? configuration.timeToLive).map { Expiry($0, now: .now, wallClock: .now) }
    let admission = try outbox.offer(parcel, ticket, expiry: expiry, whenFull: whenFull)
    ring()
    return admission
  }

  /// Runs `body` with the courier, later, on its loop.
  func onCourier(_ body: @escaping @Sendable (Courier) -> Void) {
    courier.loop.run { [courier] in body(courier.value) }
  }

  /// Has the courier look for what it may send.
  func ring() {
    guard !isRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
    onCourier { [self] courier in
      isRung.store(false, ordering: .releasing)
      courier.pump(now: .now)
    }
  }
}
