import ClientLib
import Logging
import ModelServer
import Testing

/// The example of the README, which is the body of `example`.
@Suite(.timeLimit(.minutes(2))) struct ReadmeExampleTests {
  private func example(port: UInt16) async throws -> Counts {
    let logger = Logger(label: "billing")
    let producer = try await Producer.connect(to: [Endpoint(host: "127.0.0.1", port: port)], logger: logger)
    let receipt = try await producer.publish(
      Event(topic: "orders.invoice.created", id: "42", source: "billing", payload: #"{"total":7}"#))
    let counts = try await receipt.committed()
    try await producer.close()
    return counts
  }

  @Test func storesAnEventAndThenKnowsIt() async throws {
    let server = try ModelServer()
    #expect(try await example(port: server.port).unique == 1)
    #expect(try await example(port: server.port).duplicate == 1)
  }
}
