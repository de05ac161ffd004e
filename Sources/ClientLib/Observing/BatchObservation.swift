internal import WireProtocol

/// The start, the span and the observers of one batch, for metrics and traces.
struct BatchObservation: Sendable {
  /// The end of an observed batch.
  struct End: Sendable {
    /// Events in the batch.
    let events: Int
    /// Time from the publishing of the batch, or of its first event, to the end.
    let duration: Duration
    let outcome: Result<Counts, ProducerError>
  }

  private let start: ContinuousClock.Instant
  /// Context of the batch's span for the server; nil unless the batch is traced.
  var traceContext: TraceContext?
  /// Events in the batch; 0 while it is open.
  var events = 0
  /// Called once, when the batch is committed or given up.
  var observers: [@Sendable (End) -> Void] = []

  init(start: ContinuousClock.Instant) {
    self.start = start
  }

  /// Tells the observers that the batch is committed or given up.
  consuming func end(_ outcome: Result<Counts, ProducerError>, now: ContinuousClock.Instant) {
    let end = End(events: events, duration: now - start, outcome: outcome)
    for observer in observers { observer(end) }
  }
}

/// The observers of a producer's batches and of its outbox. Without the traits `Metrics` and `Tracing` there are
/// none, and a batch costs nothing.
struct ProducerObservers: Sendable {
  private var begins: [@Sendable (inout BatchObservation) -> Void] = []
  /// Told the unsettled batches of a channel, and their bytes as they are kept, twice a second.
  private(set) var outboxChanged: (@Sendable (_ channel: Int, _ batches: Int, _ bytes: Int) -> Void)?

  /// The observers that the configuration asks for.
  init(_ configuration: Producer.Configuration) {
    #if Metrics
      if let factory = configuration.metrics {
        let metrics = ProducerMetrics(factory)
        begins.append { $0.observers.append { metrics.settled($0) } }
        if configuration.showsOutbox {
          outboxChanged = { metrics.outboxChanged($0, batches: $1, bytes: $2) }
        }
      }
    #endif
    #if Tracing
      if let tracer = configuration.tracer { begins.append { PublishSpan(tracer).observe(&$0) } }
    #endif
  }

  /// Begins the observation of a batch that the calling task publishes; nil when nobody observes.
  func begin() -> BatchObservation? {
    guard !begins.isEmpty else { return nil }
    var observation = BatchObservation(start: .now)
    for begin in begins { begin(&observation) }
    return observation
  }
}
