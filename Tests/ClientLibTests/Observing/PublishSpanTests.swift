#if Tracing
  import InMemoryTracing
  import ModelServer
  import Testing
  import Tracing
  import WireProtocol

  @testable import ClientLib

  /// Keeps spans in memory, and passes their contexts on in the form of W3C Trace Context.
  private struct W3CTracer: Tracer {
    let spans = InMemoryTracer()

    func startSpan<Instant: TracerInstant>(
      _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
      at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
      spans.startSpan(
        operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID,
        line: line)
    }

    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
      _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
      injector.inject(PublishSpanTests.context, forKey: "traceparent", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
      _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {}
  }

  @Suite(.timeLimit(.minutes(2))) struct PublishSpanTests {
    static let context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func hasASpanFromPublishingToTheCommit() async throws {
      let server = try ModelServer()
      let tracer = W3CTracer()
      let producer = try await server.producer { $0.tracer = tracer }
      await server.with { $0.behave { $0.holdsCommits = true } }
      let receipt = try await tracer.withSpan("request") { _ in try await producer.publish("a", events: 3) }
      try await receipt.accepted()
      #expect(tracer.spans.activeSpans.map(\.operationName) == ["sluice publish"])
      await server.with { $0.behave { $0.holdsCommits = false } }
      try await receipt.committed()
      try await producer.close()
      let spans = tracer.spans.finishedSpans
      let publish = try #require(spans.first { $0.operationName == "sluice publish" })
      let request = try #require(spans.first { $0.operationName == "request" })
      #expect(publish.spanContext.parentSpanID == request.spanContext.spanID)
      #expect(publish.kind == .producer)
      #expect(publish.attributes["messaging.batch.message_count"]?.toSpanAttribute() == .int64(3))
      #expect(publish.status == nil)
    }

    @Test func endsTheSpanOfARefusedBatchWithTheError() async throws {
      var manners = Manners()
      manners.batchRefusal = { _ in WireError(.topicNotAllowed, "for the test") }
      let server = try ModelServer(manners)
      let tracer = W3CTracer()
      let producer = try await server.producer { $0.tracer = tracer }
      await #expect(throws: ProducerError.self) {
        try await producer.publish(Event(topic: "t", id: "1", source: "s")).committed()
      }
      try await producer.close()
      let span = try #require(tracer.spans.finishedSpans.first)
      #expect(span.status?.code == .error)
      #expect(span.errors.count == 1)
    }

    @Test func passesTheContextToTheServerEachTimeTheBatchIsSent() async throws {
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let producer = try await server.producer { $0.tracer = W3CTracer() }
      let receipt = try await producer.publish("a")
      try await receipt.accepted()
      await server.with { state in
        state.cutAll()
        state.behave { $0.holdsCommits = false }
      }
      try await receipt.committed()
      try await producer.close()
      #expect(await server.with(\.traceContexts) == [Self.context, Self.context])
    }

    @Test func passesNothingWithoutATracer() async throws {
      let server = try ModelServer()
      let producer = try await server.producer { $0.tracer = nil }
      try await producer.publish("a").committed()
      try await producer.close()
      #expect(await server.with(\.traceContexts) == [nil])
    }
  }
#endif
