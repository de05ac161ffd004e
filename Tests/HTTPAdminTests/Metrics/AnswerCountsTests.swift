import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import HTTPAdmin

/// Tests of the counts of answers, above all of refused requests.
@Suite("Counted answers")
struct AnswerCountsTests {
  /// A request and the status of its answer.
  private struct Attempt {
    let uri: String
    let type: String
    let body: String
    let status: Int
  }

  private static let good = PublishedEvent().json

  private static let attempts = [
    Attempt(uri: "/publish", type: "application/json", body: good, status: 200),
    Attempt(uri: "/publish?ack=accepted", type: "application/json", body: good, status: 202),
    Attempt(uri: "/publish", type: "application/json", body: "{", status: 400),
    Attempt(uri: "/nothing", type: "application/json", body: good, status: 404),
    Attempt(uri: "/events", type: "application/json", body: good, status: 405),
    Attempt(uri: "/publish", type: "application/json", body: "[" + good + "]      ", status: 413),
    Attempt(uri: "/publish", type: "text/plain", body: good, status: 415),
    Attempt(uri: "/publish", type: "application/json", body: "[{}]", status: 422),
    Attempt(uri: "/publish", type: "application/json", body: "7", status: 422),
  ]

  @Test func countsEachAnswerByItsStatus() async throws {
    var server = TestServer(publishing: MemoryStore().services())
    server.settings.bodyBytes = Self.good.utf8.count + 4
    try await server.withClient { client in
      for attempt in Self.attempts {
        let status = try await client.execute(
          uri: attempt.uri, method: .post, headers: [.contentType: attempt.type],
          body: ByteBuffer(string: attempt.body)
        ) { $0.status.code }
        #expect(status == attempt.status)
      }
      let text = try await client.execute(uri: "/metrics", method: .get) { $0.text }
      let scrape = try Exposition(text)
      for (status, attempts) in Dictionary(grouping: Self.attempts, by: \.status) {
        let count = scrape.value("sluice_http_answers_total", ["status": "\(status)"])
        #expect(count == Double(attempts.count), "\(status)")
      }
      #expect(scrape.value("sluice_http_answers_total", ["status": "other"]) == 0)
    }
  }

  @Test func countsInputThatIsNoRequest() async throws {
    let text = try await TestServer().withService { port in
      _ = try await RawConnection.with(port: port) { connection in
        try await connection.send("nonsense\r\n\r\n")
        return try await connection.readToEnd()
      }
      return try await RawConnection.with(port: port) { connection in
        try await connection.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return try await connection.readToEnd()
      }
    }
    #expect(text.contains("\nsluice_http_answers_total{status=\"400\"} 1\n"))
  }

  @Test func countsAStatusThatIsNotInTheTableAsOther() {
    let counts = AnswerCounts()
    for status in [200, 418, 418, 599] { counts.add(status) }
    var scrape = Scrape(status: .sample, totals: nil, version: "1")
    scrape.answers = counts.snapshot()
    var writer = ExpositionWriter()
    for metric in MetricTable.all where metric.name == "sluice_http_answers_total" {
      writer.write(metric, of: scrape)
    }
    let text = String(buffer: writer.buffer)
    #expect(text.contains("{status=\"other\"} 3\n") && text.contains("{status=\"200\"} 1\n"))
  }
}
