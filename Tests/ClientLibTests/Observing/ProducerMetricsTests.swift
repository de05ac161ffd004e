#if Metrics
  import MetricsTestKit
  import ModelServer
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
