#if ServiceLifecycle
  import ModelServer
  import ServiceLifecycle
  import ServiceLifecycleTestKit
  import Testing
  import WireProtocol

  @testable import ClientLib

  @Suite(.timeLimit(.minutes(2))) struct ProducerServiceTests {
    @Test func closesInGracefulShutdownAfterEverythingIsCommitted() async throws {
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let producer = try await server.producer()
      let receipt = try await producer.publish("a")
      try await receipt.accepted()
      try await testGracefulShutdown { trigger in
        async let running: Void = producer.run()
        trigger.triggerGracefulShutdown()
        await server.with { $0.behave { $0.holdsCommits = false } }
        try await running
      }
      #expect(try await receipt.committed().unique == 1)
      await #expect(throws: ProducerError(.closed, "")) { try await producer.publish("b") }
      #expect(server.stored.received == 1)
    }

    @Test func saysAtTheEndWhatWasNotCommittedInTime() async throws {
      var manners = Manners()
      manners.holdsCommits = true
      let server = try ModelServer(manners)
      let producer = try await server.producer { $0.closeTimeout = .milliseconds(1) }
      try await producer.publish("a").accepted()
      await #expect(throws: ProducerError(.unsettledAtClose, "")) {
        try await testGracefulShutdown { trigger in
          trigger.triggerGracefulShutdown()
          try await producer.run()
        }
      }
    }

    @Test func endsItsGroupWhenTheServerRefusesItForGood() async throws {
      let server = try ModelServer()
      let producer = try await server.producer()
      let running = Task { try await testGracefulShutdown { _ in try await producer.run() } }
      await server.with { $0.behave { $0.refusal = WireError(.producerNotYours, "no") } }
      await server.with { $0.cutAll() }
      await #expect(throws: ProducerError(.notAuthorized, "")) { try await running.value }
    }

    @Test func endsWhenItIsClosedByHand() async throws {
      let server = try ModelServer()
      let producer = try await server.producer()
      let running = Task { try await testGracefulShutdown { _ in try await producer.run() } }
      try await producer.close()
      try await running.value
    }
  }
#endif
