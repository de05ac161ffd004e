import Glibc
import HTTPTypes
import Ingest
import NIOCore
import Testing

@testable import HTTPAdmin

/// Tests with bytes on a socket, because the arrival of the bytes matters.
@Suite("BodyReader")
struct BodyReaderTests {
  private let store = MemoryStore()
  private let event = PublishedEvent(id: "1").json

  /// Sends `head` with the fields that every request needs, and then `body`.
  private func answer(
    to fields: String, _ body: String, settings change: (inout AdminSettings) -> Void = { _ in }
  ) async throws -> String {
    var server = TestServer(publishing: store.services())
    change(&server.settings)
    return try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          """
          POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r
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

  @Test func readsABodyInChunks() async throws {
    let (head, tail) = (event.prefix(20), event.dropFirst(20))
    let answer = try await answer(
      to: "Transfer-Encoding: chunked\r\n", chunk(String(head)) + chunk(String(tail)) + chunk(""))
    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    #expect(store.events.count == 1)
  }

  @Test func sendsContinueToAClientThatWaits() async throws {
    let answer = try await TestServer(publishing: store.services()).withService { [event] port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          """
          POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r
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

  @Test(arguments: [("gibberish", false), ("100-continue, gibberish", false), ("100-Continue", true)])
  func meetsNoOtherExpectation(_ expectation: String, _ isMet: Bool) async throws {
    let answer = try await answer(
      to: "Expect: \(expectation)\r\nContent-Length: \(event.utf8.count)\r\n", event)
    #expect(answer.hasPrefix(isMet ? "HTTP/1.1 100 Continue\r\n" : "HTTP/1.1 417 Expectation Failed\r\n"))
    #expect(store.events.count == (isMet ? 1 : 0))
  }

  @Test func ignoresAnExpectationOfHTTP10() async throws {
    let answer = try await TestServer(publishing: store.services()).withService { [event] port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          """
          POST /publish HTTP/1.0\r\nContent-Type: application/json\r\nExpect: 100-continue\r
          Content-Length: \(event.utf8.count)\r\n\r\n\(event)
          """)
        return try await connection.readToEnd()
      }
    }
    #expect(answer.contains(" 200 OK\r\n") && !answer.contains("100 Continue"))
  }

  /// A client that waits for 100 learns of a refusal before it sends its body.
  @Test func refusesACodingBeforeTheBodyIsSent() async throws {
    let answer = try await answer(
      to: "Expect: 100-continue\r\nContent-Encoding: br\r\nContent-Length: 100\r\n", "")
    #expect(answer.hasPrefix("HTTP/1.1 415 Unsupported Media Type\r\n"))
    #expect(answer.contains("\r\nAccept-Encoding: gzip, deflate, zstd, identity\r\n"))
  }

  @Test func refusesATooLongBodyByItsContentLength() async throws {
    let answer = try await answer(to: "Expect: 100-continue\r\nContent-Length: 101\r\n", "") {
      $0.bodyBytes = 100
    }
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(!answer.contains("100 Continue"))
  }

  @Test func refusesATooLongBodyOfUnknownLength() async throws {
    let answer = try await answer(
      to: "Transfer-Encoding: chunked\r\n", chunk(event) + chunk(event)
    ) { [event] in $0.bodyBytes = event.utf8.count }
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(store.events.isEmpty)
  }

  @Test func refusesABodyThatDoesNotArrive() async throws {
    let answer = try await answer(to: "Content-Length: 100\r\n", "{") { $0.requestTime = .milliseconds(20) }
    #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
  }

  /// Large bodies are never processed on the threads of Swift concurrency.
  @Test(arguments: [(ReaderThreads.smallBytes, false), (ReaderThreads.smallBytes + 1, true)])
  func processesLargeBodiesOnTheirOwnThreads(_ size: Int, _ isApart: Bool) async throws {
    let threads = ReaderThreads(count: 1)
    let body = ByteBuffer(repeating: 0x20, count: size)
    // The pool has one thread, so the thread of its work is always the same.
    let first = try await threads.run(on: ByteBuffer(repeating: 0x20, count: 1 << 20)) { _ in pthread_self() }
    let thread = try await threads.run(on: body) { bytes in bytes.byteCount == size ? pthread_self() : 0 }
    #expect((try thread.get() == first.get()) == isApart)
  }
}
