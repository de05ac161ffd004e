#if Metrics
  import MetricsTestKit
  import ModelServer
  import Synchronization
  import Testing
  import WireProtocol

  @testable import ClientLib

  @Suite(.timeLimit(.minutes(2))) struct ProducerMetricsTests {
    private func total(_ metrics: TestMetrics, _ label: String, _ outcome: String) -> Int64 {
      metrics.counterTotal(label: label, dimensions: [("outcome", outcome)])
    }

    @Test func countsBatchesAndEventsByOutcome() async throws {
      var manners = Manners()
      manners.batchRefusal = { $0 == 3 ? WireError(.topicNotAllowed, "for the test") : nil }
      let server = try ModelServer(manners)
      let metrics = TestMetrics()
      let producer = try await server.producer { $0.metrics = metrics }
      try await producer.publish("a", events: 3).committed()
      try await producer.publish("a", events: 4).committed()
      await #expect(throws: ProducerError.self) { try await producer.publish("b", events: 5).committed() }
      try await producer.publish(Event(topic: "t", id: "1", source: "s")).committed()
      try await producer.close()

      #expect(total(metrics, "sluice_client_batches_total", "committed") == 3)
      #expect(total(metrics, "sluice_client_batches_total", "refused") == 1)
      #expect(total(metrics, "sluice_client_events_total", "unique") == 5)
      #expect(total(metrics, "sluice_client_events_total", "duplicate") == 3)
      #expect(total(metrics, "sluice_client_events_total", "refused") == 5)
      #expect(total(metrics, "sluice_client_events_total", "given_up") == 0)
      let timer = try metrics.expectTimer("sluice_client_commit_duration_seconds")
      #expect(timer.values.count == 3)
      #expect(timer.values.allSatisfy { $0 > 0 })
    }

    @Test func countsWhatIsGivenUpAtTheEnd() async throws {
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let metrics = TestMetrics()
      let producer = try await server.producer { $0.metrics = metrics }
      let receipt = try await producer.publish("a", events: 2)
      try await receipt.accepted()
      await #expect(throws: ProducerError.self) { try await producer.close(deadline: .zero) }
      await #expect(throws: ProducerError.self) { try await receipt.committed() }
      #expect(total(metrics, "sluice_client_batches_total", "given_up") == 1)
      #expect(total(metrics, "sluice_client_events_total", "given_up") == 2)
    }

    /// A gauge keeps its last value, and nobody tells another one after the end.
    @Test func theOutboxIsEmptyAfterTheEnd() async throws {
      let server = try ModelServer()
      let metrics = TestMetrics()
      let producer = try await server.producer { $0.metrics = metrics }
      try await producer.close()
      #expect(try metrics.expectRecorder("sluice_client_outbox_batches").values.last == 0)
      #expect(try metrics.expectRecorder("sluice_client_outbox_bytes").values.last == 0)
    }

    /// The gauges are those of the program's own producer.
    @Test func anAdoptedSpoolDoesNotChangeTheGauges() async throws {
      try await withDirectory { directory in
        let server = try ModelServer()
        let left = try await server.producer { $0.spool = Producer.Spool(directory: "\(directory)/1") }
        try await left.close()
        let metrics = TestMetrics()
        let adoptions = try await Producer.Spool.adoptOrphans(
          in: directory, to: [server.endpoint], configuration: .quick { $0.metrics = metrics }, logger: silent
        )
        #expect(adoptions.count == 1)
        #expect(metrics.recorders.allSatisfy { $0.values.isEmpty })
      }
    }

    /// Other tasks may fill and close a batch before the task that opened it has told the observers.
    @Test func aBatchThatWasClosedBeforeItsObservationHasItsEvents() {
      let promise = BatchPromise()
      promise.close(events: 7)
      let ends = Mutex<[Int]>([])
      var observation = BatchObservation(start: .now)
      observation.observers = [{ end in ends.withLock { $0.append(end.events) } }]
      promise.observe(observation)
      promise.settle(.failure(.closed))
      #expect(ends.withLock { $0 } == [7])
    }

    @Test func showsTheDepthOverAllChannels() throws {
      let metrics = TestMetrics()
      let producerMetrics = ProducerMetrics(metrics)
      producerMetrics.outboxChanged(0, batches: 2, bytes: 100)
      producerMetrics.outboxChanged(1, batches: 3, bytes: 50)
      producerMetrics.outboxChanged(0, batches: 0, bytes: 0)
      #expect(try metrics.expectRecorder("sluice_client_outbox_batches").values == [2, 5, 3])
      #expect(try metrics.expectRecorder("sluice_client_outbox_bytes").values == [100, 150, 50])
    }
  }
#endif
