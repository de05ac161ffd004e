internal import Base
public import HTTPAdmin
public import Logging
public import ServiceLifecycle
public import SocketIO
internal import Synchronization
public import TLSTransport
internal import UnixSignals
internal import WireProtocol

/// Encrypts the connections of producers and of HTTP clients, and reads the certificate again when its files change or
/// on SIGHUP.
public final class TLSService: Service, Sendable {
  /// The pause between two looks at the files.
  private static let interval = Duration.seconds(1)

  private let context: ReloadingTLSContext
  private let handshakes: HandshakePool
  /// TLS of the HTTP port; nil when that port speaks none.
  public let http: HTTPEncryption?
  private let logger: Logger
  private let refusals: RefusalLimiter
  private let isReloadRequested = Atomic(false)
  private let stopSignal = StopSignal()

  /// Reads the certificate. Blocks.
  /// - Parameters:
  ///   - settings: the files and the choices about clients.
  ///   - http: the same for the HTTP port; nil when that port speaks no TLS.
  ///   - handshakes: the most handshakes that use a processor at the same time.
  ///   - logger: the logger of the category `security`.
  /// - Throws: `TLSContextError` or `HTTPEncryptionError` when the files cannot be used.
  public init(
    _ settings: TLSServerSettings, http: HTTPEncryption.Settings? = nil, handshakes: Int,
    logger: Logger = Logger(label: "sluiced.security")
  ) throws {
    let refusals = RefusalLimiter(logger)
    self.refusals = refusals
    context = try ReloadingTLSContext(settings)
    self.handshakes = HandshakePool(width: handshakes)
    self.logger = logger
    self.http = try http.map { settings in
      try HTTPEncryption(settings, names: { CertificateNames.names(ofDER: $0) }) {
        refusals.log("encrypted HTTP connection refused", $0, $1)
      }
    }
    report(context.current, "certificate loaded")
  }

  /// Encrypts a connection that was accepted.
  public var transport: @Sendable (StreamSocket) -> any ByteTransport {
    var events = TLSEvents()
    events.answerToPlain = Self.answerToPlain
    events.failed = { [refusals] failure, peer in
      refusals.log("encrypted connection refused", "\(failure)", peer?.description)
    }
    return { [context, handshakes, events] socket in
      TLSTransport(over: socket, TLSEngine(context.current), handshakes: handshakes, events: events)
    }
  }

  /// The figures for metrics.
  public var figures: TLSFigures {
    let now = handshakes.figures
    var figures = TLSFigures(
      completedHandshakes: now.completed, failedHandshakes: now.failed, processorTime: now.processorTime,
      certificateEnd: context.current.certificateExpires)
    if let http { figures.http = http.counts }
    return figures
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
    case .replaced(let context):
      report(context, "certificate loaded again; new connections get it")
      reloadHTTP()
    case .rejected(let error):
      logger.error("the new certificate is not used, the former one stays in force: \(error)")
    }
  }

  private func reloadHTTP() {
    do {
      try http?.reload()
    } catch {
      logger.error("the HTTP port keeps the former certificate: \(error)")
    }
  }

  private func report(_ context: TLSContext, _ line: Logger.Message) {
    logger.notice(line, metadata: ["certificate.end": "\(context.certificateExpires ?? 0)"])
    for warning in context.warnings { logger.warning("\(warning)") }
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

/// The log of the reasons why TLS ended connections, with at most one line a second.
private final class RefusalLimiter: Sendable {
  private let logger: Logger
  private let limiter = Mutex(LogLimiter(every: .seconds(1)))

  init(_ logger: Logger) {
    self.logger = logger
  }

  func log(_ line: Logger.Message, _ reason: String, _ address: String?) {
    guard let suppressed = limiter.withLock({ $0.pass(at: .now) }) else { return }
    logger.warning(
      line,
      metadata: [
        "security.reason": "\(reason)", "security.address": "\(address ?? "-")",
        "security.suppressed": "\(suppressed)",
      ])
  }
}
