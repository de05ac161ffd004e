import Ingest
import SocketIO
internal import StoreInterface
import WireProtocol

/// The producer of a connection, as the store registered it.
struct RegisteredProducer {
  let id: ProducerID
  let origin: ProducerOrigin
  /// The session that the store gave to this connection.
  let session: Int64
  /// The incarnation of the store that registered the producer. Answers of another one are not delivered.
  let incarnation: StoreIncarnation

  init(_ registration: ProducerRegistration, _ grant: RegistrationGrant) {
    id = registration.producer
    origin = registration.origin
    session = grant.session
    incarnation = grant.incarnation
  }
}

/// Registers the producer of one connection, when the rate of handshakes of its address allows it.
struct Registrar {
  typealias Completion =
    @Sendable (ProducerRegistration, Result<RegistrationGrant, RegistrationError>) -> Void

  let store: any EventStore
  let addresses: PeerAddresses
  /// Fires when a HELLO that had to wait may be registered. Releasing it cancels the registration.
  private var timer: LoopTimer?

  init(_ store: any EventStore, _ addresses: PeerAddresses) {
    self.store = store
    self.addresses = addresses
  }

  /// Asks the store for a session, at once or after a short wait.
  /// - Parameter completion: called once on any thread, unless the registration is refused or cancelled.
  /// - Returns: nil; or the time after which the client may try again, when it is refused.
  mutating func register(
    _ registration: ProducerRegistration, from transport: any ByteTransport, at now: ContinuousClock.Instant,
    _ completion: @escaping Completion
  ) -> Duration? {
    let ask: @Sendable () -> Void = { [store] in
      store.register(registration) { completion(registration, $0) }
    }
    switch addresses.hello(from: transport.peer?.network, at: now) {
    case .now: ask()
    case .after(let delay): timer = transport.loop.after(delay, ask)
    case .refused(let retryAfter): return retryAfter
    }
    return nil
  }

  /// Cancels a registration that waits.
  mutating func cancel() { timer = nil }
}

extension ProducerRegistration {
  /// The registration that `hello` asks for.
  /// - Parameter owner: the name of the principal; empty without authentication.
  init(_ hello: Hello, owner: String, span: UInt32) {
    self.init(
      producer: hello.producer, origin: ProducerOrigin(owner: owner, name: hello.clientName),
      base: hello.base,
      span: span)
  }
}

extension RegistrationError {
  /// The time that a client is asked to wait before it tries again. It is random, so that clients that were
  /// refused together do not return together.
  var delay: Duration {
    switch self {
    case .unavailable: .milliseconds(Int.random(in: 500...1_500))
    case .notYours, .stale: .zero
    }
  }

  /// The error that the client is told.
  func wireError(_ producer: ProducerID) -> WireError {
    switch self {
    case .notYours:
      WireError(
        .producerNotYours,
        "producer \(producer) belongs to another principal; use a new producer id")
    case .stale:
      WireError(
        .producerStale,
        "producer \(producer) declares a base that is already settled: its state is a copy or an old backup;"
          + " use a new producer id")
    case .unavailable:
      WireError(.storeUnavailable, "the database does not answer; try again")
    }
  }
}

/// The errors that the server itself finds, outside the connection machine.
extension WireError {
  static func batchExpired(_ sequence: UInt64) -> WireError {
    WireError(.batchExpired, "the time to live of batch \(sequence) was over before it was accepted")
  }

  static func sequenceReused(_ sequence: UInt64) -> WireError {
    WireError(
      .sequenceReused,
      "batch \(sequence) was sent before with other bytes; use a new producer id and send unsettled batches"
        + " under new sequences")
  }

  static func superseded(by session: Int64) -> WireError {
    WireError(.superseded, "the producer opened a newer connection (session \(session))")
  }

  /// The producer must say HELLO again: WELCOME then tells it whether the database still has its commits.
  static var storeChanged: WireError {
    WireError(
      .storeChanged,
      "the database was restarted, replaced or taken back to an earlier state; connect again to learn which"
        + " batches it holds")
  }

  static var tooManyHandshakes: WireError {
    WireError(.tooManyConnections, "too many handshakes came from this address; try again later")
  }

  static func tooSlow(gain: Int) -> WireError {
    WireError(
      .peerSilent,
      "\(gain) bytes of a frame came within \(FramePace.period) while others waited for memory; at least"
        + " \(FramePace.quantum) are required")
  }

  static func unread(_ bytes: Int, bound: Int) -> WireError {
    WireError(
      .peerSilent, "the peer does not read: \(bytes) bytes of answers wait for it; the bound is \(bound)")
  }
}
