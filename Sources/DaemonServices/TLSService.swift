internal import Base
public import HTTPAdmin
public import Logging
public import ServiceLifecycle
public import SocketIO
internal import Synchronization
public import TLSTransport
internal import UnixSignals
internal import WireProtocol

/// Encrypts the connections of producers, and reads the certificate again when its files change or on SIGHUP.
public final class TLSService: Service, Sendable {
  /// The pause between two looks at the files.
  private static let interval = Duration.seconds(1)

  private let context: ReloadingTLSContext
  private let handshakes: HandshakePool
  private let logger: Logger
  private let refusals = Mutex(LogLimiter(every: .seconds(1)))
  private let isReloadRequested = Atomic(false)
  private let stopSignal = StopSignal()

  /// Reads the certificate. Blocks.
  /// - Parameters:
  ///   - settings: the files and the choices about clients.
  ///   - handshakes: the most handshakes that use a processor at the same time.
  ///   - logger: the logger of the category `security`.
  /// - Throws: `TLSContextError` when the files cannot be used.
  public init(
    _ settings: TLSServerSettings, handshakes: Int, logger: Logger = Logger(label: "sluiced.security")
  ) throws(TLSContextError) {
    context = try ReloadingTLSContext(settings)
    self.handshakes = HandshakePool(width: handshakes)
    self.logger = logger
    report(context.current, "certificate loaded")
  }

  /// Encrypts a connection that was accepted.
  public var transport: @Sendable (StreamSocket) -> any ByteTransport {
    var events = TLSEvents()
    events.answerToPlain = Self.answerToPlain
    events.failed = { [self] failure, peer in refused(failure, peer) }
    return { [context, handshakes, events] socket in
      TLSTransport(over: socket, TLSEngine(context.current), handshakes: handshakes, events: events)
    }
  }

  /// The figures for metrics.
  public var figures: TLSFigures {
    let now = handshakes.figures
    return TLSFigures(
      completedHandshakes: now.completed, failedHandshakes: now.failed, processorTime: now.processorTime,
      certificateEnd: context.current.certificateExpires)
  }

  /// Watches the files until shutdown.
  public func run() async {
    _ = WorkerThread(name: "sluice-tls") { [self] in
      while !stopSignal.isSet {
        look(isForced: isReloadRequested.exchange(false, ordering: .acquiringAndReleasing))
        stopSignal.pause(for: Self.interval)
      }
    }
    let signals = await UnixSignalsSequence(trapping: .sighup)
    let requests = Task {
      for await _ in signals { isReloadRequested.store(true, ordering: .releasing) }
    }
    await Shutdown.requested()
    requests.cancel()
    stopSignal.set()
  }

  private func look(isForced: Bool) {
    switch context.look(isForced: isForced) {
    case .unchanged: break
    case .replaced(let context): report(context, "certificate loaded again; new connections get it")
    case .rejected(let error):
      logger.error("the new certificate is not used, the former one stays in force: \(error)")
    }
  }

  private func report(_ context: TLSContext, _ line: Logger.Message) {
    logger.notice(line, metadata: ["certificate.end": "\(context.certificateExpires ?? 0)"])
    for warning in context.warnings { logger.warning("\(warning)") }
  }

  /// Logs the reason why TLS ended a connection, at most one line a second.
  private func refused(_ failure: TLSFailure, _ peer: SocketAddress?) {
    guard let suppressed = refusals.withLock({ $0.pass(at: .now) }) else { return }
    logger.warning(
      "encrypted connection refused",
      metadata: [
        "security.reason": "\(failure)", "security.address": "\(peer?.description ?? "-")",
        "security.suppressed": "\(suppressed)",
      ])
  }

  /// A producer without TLS shows this error, and a person finds the sentence in the bytes.
  private static let answerToPlain: [UInt8] = {
    var writer = FrameWriter()
    writer.preface()
    writer.error(
      ErrorFrame(
        WireError(.notSluice, "this port speaks TLS only: switch TLS on in the client (sluice-publish --tls)")
      ))
    return writer.bytes
  }()
}
