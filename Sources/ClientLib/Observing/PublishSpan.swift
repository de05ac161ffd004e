#if Tracing
  internal import Tracing
  internal import WireProtocol

  /// The span of one batch (`swift-distributed-tracing`): from the publishing of the batch, or of its first event,
  /// to the commit. Its parent is the span of the publishing task.
  struct PublishSpan: Sendable {
    /// Receives what a tracer passes on to another process.
    private struct Fields: Injector {
      func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key.lowercased()] = value
      }
    }

    private let tracer: any Tracer
    private let span: any Span

    init(_ tracer: any Tracer) {
      self.tracer = tracer
      span = Self.start(tracer)
    }

    private static func start(_ tracer: some Tracer) -> any Span {
      tracer.startSpan("sluice publish", ofKind: .producer)
    }

    /// Ends the span with the observed batch. The server gets the span's context, if the tracer passes contexts on
    /// in the form of W3C Trace Context.
    func observe(_ observation: inout BatchObservation) {
      var fields: [String: String] = [:]
      tracer.inject(span.context, into: &fields, using: Fields())
      observation.traceContext = fields["traceparent"].flatMap { TraceContext($0) }
      observation.observers.append { end($0) }
    }

    private func end(_ end: BatchObservation.End) {
      span.attributes["messaging.system"] = "sluice"
      span.attributes["messaging.batch.message_count"] = end.events
      switch end.outcome {
      case .success(let counts):
        if let unique = counts.unique { span.attributes["sluice.unique"] = unique }
        if let duplicate = counts.duplicate { span.attributes["sluice.duplicate"] = duplicate }
        if let dead = counts.dead { span.attributes["sluice.dead"] = dead }
      case .failure(let error):
        span.recordError(error)
        span.setStatus(SpanStatus(code: .error, message: error.message))
      }
      span.end()
    }
  }
#endif
