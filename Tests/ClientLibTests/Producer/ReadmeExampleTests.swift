import ClientLib
import Logging
import ModelServer
import Testing

/// The example of the README is the body of `example`, except for the port and the result.
@Suite(.timeLimit(.minutes(2))) struct ReadmeExampleTests {
  private func example(port: UInt16) async throws -> Counts {
    // README begins
    let producer = try await Producer.connect(
      to: [Endpoint(host: "127.0.0.1", port: port)], logger: Logger(label: "shop"))
    let receipt = try await producer.publish(
      Event(topic: "orders.invoice.created", id: "invoice-42", source: "billing", payload: #"{"total": 7.5}"#)
    )
    let counts = try await receipt.committed()
    print("committed: \(counts)")
    try await producer.close()
    // README ends
    return counts
  }

  @Test func storesAnEventOnce() async throws {
    let server = try ModelServer()
    #expect(try await example(port: server.port).unique == 1)
    #expect(try await example(port: server.port).duplicate == 1)
  }

  @Test func isTheExampleOfTheReadme() throws {
    let readme = try repositoryText("README.md")
    let printed = try #require(readme.between("```swift\nimport ClientLib\nimport Logging\n", "```"))
    let source = try repositoryText("Tests/ClientLibTests/Producer/ReadmeExampleTests.swift")
    let compiled = try #require(source.between("// README begins\n", "// README ends"))
    #expect(printed.words == compiled.replacing(", port: port", with: "").words)
  }
}

extension String {
  /// The text between the first `start` and the next `end`.
  fileprivate func between(_ start: String, _ end: String) -> String? {
    guard let from = firstRange(of: start)?.upperBound,
      let to = self[from...].firstRange(of: end)?.lowerBound
    else { return nil }
    return String(self[from..<to])
  }

  /// The text without white space, because lines may be broken elsewhere.
  fileprivate var words: String { filter { !$0.isWhitespace } }
}
