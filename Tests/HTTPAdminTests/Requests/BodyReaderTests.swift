import HTTPTypes
import Ingest
import Testing

@testable import HTTPAdmin

/// With bytes on a socket, since it is about how they arrive.
@Suite("BodyReader")
struct BodyReaderTests {
  private let store = MemoryStore()
  private let event = PublishedEvent(id: "1").json

  /// Sends `head`, to which the fields that every request has are added, and then `body`.
  private func answer(
    to fields: String, _ body: String, settings change: (inout AdminSettings) -> Void = { _ in }
  ) async throws -> String {
    var server = TestServer(publishing: store.services())
    change(&server.settings)
    return try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          """
          POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r
          Connection: close\r\n\(fields)\r\n
          """)
        try await connection.send(body)
        return try await connection.readToEnd()
      }
    }
  }

  private func chunk(_ text: String) -> String {
    "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
  }

  @Test func takesABodyInChunks() async throws {
    let (head, tail) = (event.prefix(20), event.dropFirst(20))
    let answer = try await answer(
      to: "Transfer-Encoding: chunked\r\n", chunk(String(head)) + chunk(String(tail)) + chunk(""))
    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    #expect(store.events.count == 1)
  }

  @Test func asksForTheBodyOfAClientThatWaits() async throws {
    let answer = try await TestServer(publishing: store.services()).withService { [event] port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          """
          POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r
          Content-Length: \(event.utf8.count)\r\nConnection: close\r\n\r\n
          """)
        let first = try await connection.read { $0.hasSuffix("\r\n\r\n") }
        try await connection.send(event)
        let second = try await connection.readToEnd()
        return [first, second]
      }
    }
    #expect(answer[0].hasPrefix("HTTP/1.1 100 Continue\r\n"))
    #expect(answer[1].hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  @Test func refusesATooLongBodyByItsAnnouncement() async throws {
    let answer = try await answer(to: "Expect: 100-continue\r\nContent-Length: 101\r\n", "") {
      $0.bodyBytes = 100
    }
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(!answer.contains("100 Continue"))
  }

  @Test func refusesATooLongBodyThatWasNotAnnounced() async throws {
    let answer = try await answer(
      to: "Transfer-Encoding: chunked\r\n", chunk(event) + chunk(event)
    ) { [event] in $0.bodyBytes = event.utf8.count }
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(store.events.isEmpty)
  }

  @Test func givesUpOnABodyThatDoesNotCome() async throws {
    let answer = try await answer(to: "Content-Length: 100\r\n", "{") { $0.requestTime = .milliseconds(20) }
    #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
  }

  /// The first request has the memory as soon as it is told to go on.
  @Test func refusesABodyForWhichThereIsNoMemory() async throws {
    var server = TestServer(publishing: store.services())
    server.settings.bodyMemory = event.utf8.count
    let head = """
      POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r
      Content-Length: \(event.utf8.count)\r\nConnection: close\r\n
      """
    let answers = try await server.withService { [event] port in
      try await RawConnection.with(port: port) { first in
        try await first.send(head + "Expect: 100-continue\r\n\r\n")
        _ = try await first.read { $0.hasSuffix("\r\n\r\n") }
        let refusal = try await RawConnection.with(port: port) { second in
          try await second.send(head + "\r\n" + event)
          return try await second.readToEnd()
        }
        try await first.send(event)
        let answer = try await first.readToEnd()
        return [refusal, answer]
      }
    }
    #expect(answers[0].hasPrefix("HTTP/1.1 503 "))
    #expect(answers[0].contains("\r\nRetry-After: 1\r\n"))
    #expect(answers[1].hasPrefix("HTTP/1.1 200 "))
  }
}
