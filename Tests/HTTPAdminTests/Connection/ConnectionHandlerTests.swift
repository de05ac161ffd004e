import Foundation
import Ingest
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Waiting

@testable import HTTPAdmin

/// Tests of the lifecycle of connections, over sockets.
@Suite("ConnectionHandler", .timeLimit(.minutes(2)))
struct ConnectionHandlerTests {
  private static let livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
  private static let alive = "{\"status\":\"alive\"}\n"
  private static let announced = """
    POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n
    """

  private func server(_ change: (inout AdminSettings) -> Void = { _ in }) -> TestServer {
    var server = TestServer(publishing: MemoryStore().services())
    change(&server.settings)
    return server
  }

  /// Returns everything that the server sends after `bytes` until it closes the connection.
  private func answer(
    to bytes: String, endsHere: Bool = false, _ change: (inout AdminSettings) -> Void = { _ in }
  ) async throws -> String {
    try await server(change).withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(bytes)
        if endsHere { connection.finish() }
        return try await connection.readToEnd()
      }
    }
  }

  @Test(arguments: ["h2c", "websocket", "TLS/1.0, h2c"])
  func anOfferedUpgradeIsIgnoredAndTheConnectionContinues(_ offer: String) async throws {
    let upgrade = """
      GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: \(offer)\r
      HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n
      """
    let answers = try await server().withService { port in
      try await RawConnection.with(port: port) { connection in
        var answers: [String] = []
        for _ in 0..<3 {
          try await connection.send(upgrade)
          answers.append(try await connection.read { $0.hasSuffix(Self.alive) })
        }
        return answers
      }
    }
    #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 OK\r\n") })
  }

  @Test(arguments: ["/events", "/", "/nothing", "/stats"])
  func anAnswerToHEADEndsWithItsHeader(_ path: String) async throws {
    let answer = try await server().withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n" + Self.livez)
        return try await connection.read { $0.hasSuffix(Self.alive) }
      }
    }
    let parts = answer.components(separatedBy: "\r\n\r\n")
    try #require(parts.count == 3)
    #expect(parts[1].hasPrefix("HTTP/1.1 200 OK\r\n"), "what follows is the next answer")
  }

  @Test(
    arguments: [
      ("GET /livez HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n", "400", "space-before-colon"),
      ("GET /livez HTTP/1.1\nHost: localhost\n\n", "400", "bare-line-feed"),
      ("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", "400", "bad-content-length"),
      ("GET /livez HTTP/1.1\r\n\r\n", "400", "bad-host"),
      ("GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421", "foreign-host"),
      (
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501",
        "about:blank"
      ),
      ("FROB /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "501", "about:blank"),
      ("GET livez HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "bad-request-line"),
    ])
  func eachMalformedRequestGetsItsOwnProblem(_ bytes: String, _ status: String, _ kind: String) async throws {
    let answer = try await answer(to: bytes)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    #expect(answer.contains("\r\nContent-Type: application/problem+json\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(answer.contains(kind))
    #expect(answer.components(separatedBy: "\r\nConnection: close\r\n").count == 2, "one answer")
  }

  @Test func answersEarlierRequestsBeforeTheMalformedOne() async throws {
    let answer = try await answer(to: Self.livez + Self.livez + "nonsense\r\n\r\n")
    let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
    #expect(statuses == ["200", "200", "400"])
  }

  @Test(
    arguments: [
      ("Content-Length: 10\r\n\r\n{}", "The body ends after 2 of the 10 bytes"),
      ("Transfer-Encoding: chunked\r\n\r\n5\r\n{}", "The body ends before its last chunk"),
      ("Transfer-Encoding: chunked\r\n\r\nz\r\n{}", "bad-chunk"),
      ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", "The body has more than"),
    ])
  func eachMalformedBodyGetsItsOwnProblem(_ rest: String, _ detail: String) async throws {
    let answer = try await answer(
      to: "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + rest,
      endsHere: true)
    #expect(answer.contains(detail))
    #expect(answer.contains("\r\nContent-Type: application/problem+json\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
  }

  @Test func silentConnectionsDoNotBlockOthers() async throws {
    let answer = try await server { settings in
      settings.connections = 4
      settings.receiveTime = .seconds(3_600)
    }.withService { port in
      try await Self.withConnections(12, to: port) { _ in
      } during: {
        try await RawConnection.with(port: port) { connection in
          try await connection.send(Self.livez)
          return try await connection.read { $0.hasSuffix(Self.alive) }
        }
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  @Test func monitoringIsAnsweredWhileAllConnectionsAreBusy() async throws {
    let server = server { settings in
      settings.connections = 4
      settings.receiveTime = .seconds(3_600)
      settings.requestTime = .seconds(3_600)
    }
    let answers = try await server.withService { port in
      try await Self.withConnections(4, to: port) { connection in
        try await connection.send(
          Self.announced.replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))
        _ = try await connection.read { $0.hasSuffix("\r\n\r\n") }
      } during: {
        var answers: [String] = []
        for path in ["/livez", "/health", "/readyz", "/metrics", "/stats"] {
          answers.append(
            try await RawConnection.with(port: port) { connection in
              try await connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
              return try await connection.readToEnd()
            })
        }
        return answers
      }
    }
    #expect(answers.map { $0.prefix(12) } == Array(repeating: "HTTP/1.1 200", count: 4) + ["HTTP/1.1 503"])
    #expect(answers[4].contains("too-many-connections"))
    #expect(answers.allSatisfy { $0.contains("\r\nConnection: close\r\n") })
  }

  @Test func bodiesThatNeverArriveDoNotBlockOthers() async throws {
    let event = PublishedEvent().json
    let server = server { settings in
      settings.bodyMemory = settings.bodyBytes
      settings.receiveTime = .seconds(3_600)
      settings.requestTime = .seconds(3_600)
    }
    let answer = try await server.withService { port in
      try await Self.withConnections(4, to: port) { connection in
        try await connection.send(
          Self.announced.replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))
        _ = try await connection.read { $0.hasSuffix("\r\n\r\n") }
      } during: {
        try await RawConnection.with(port: port) { connection in
          try await connection.send(
            """
            POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r
            Content-Length: \(event.utf8.count)\r\n\r\n\(event)
            """)
          return try await connection.readToEnd()
        }
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }

  @Test func aStalledBodyEndsForOthers() async throws {
    let event = PublishedEvent(payload: "{\"x\":\"\(String(repeating: "y", count: 60_000))\"}").json
    let server = server { settings in
      settings.bodyBytes = 100_000
      settings.bodyMemory = 100_000
      settings.receiveTime = .seconds(3_600)
      settings.requestTime = .seconds(3_600)
    }
    let (refused, answers) = try await server.withService { port in
      let isRefused = Mutex(false)
      async let refusal = RawConnection.with(port: port) { hoarder in
        try await hoarder.send(
          "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: 99999\r\n\r\n" + String(repeating: " ", count: 90_000))
        let answer = try await hoarder.readToEnd()
        isRefused.withLock { $0 = true }
        return answer
      }
      // Requests that arrive before the stalled body do not need its memory.
      var answers: [String] = []
      repeat {
        let answer = try await RawConnection.with(port: port) { connection in
          try await connection.send(
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Connection: close\r\nContent-Length: \(event.utf8.count)\r\n\r\n" + event)
          return try await connection.readToEnd()
        }
        answers.append(answer)
      } while !isRefused.withLock { $0 }
      return (try await refusal, answers)
    }
    #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 OK\r\n") })
    #expect(refused.hasPrefix("HTTP/1.1 408 "))
  }

  @Test func aStalledRequestDoesNotDelayTheShutdown() async throws {
    var server = server { settings in
      settings.receiveTime = .seconds(3_600)
      settings.requestTime = .seconds(3_600)
    }
    server.remaining = .milliseconds(50)
    // Without the limit the service would wait for the body longer than the time limit of this suite.
    let stalled = try await server.withService { port in
      let (begun, signal) = AsyncStream.makeStream(of: Void.self)
      let stalled = Task {
        try await RawConnection.with(port: port) { connection in
          try await connection.send(
            Self.announced.replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))
          _ = try await connection.read { $0.hasSuffix("\r\n\r\n") }
          signal.finish()
          return try await connection.readToEnd()
        }
      }
      for await _ in begun {}
      return stalled
    }
    _ = try await stalled.value
  }

  @Test func theLastAnswerBeforeAShutdownClosesTheConnection() async throws {
    let store = MemoryStore(isPaused: true)
    var server = TestServer(publishing: store.services())
    // The writer takes the batch after the connection has heard of the shutdown.
    server.onShutdown = { store.resume() }
    let event = PublishedEvent().json
    let client = try await server.withService { port in
      let client = Task {
        try await RawConnection.with(port: port) { connection in
          try await connection.send(
            "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: \(event.utf8.count)\r\n\r\n" + event)
          return try await connection.readToEnd()
        }
      }
      try await waitUntil { store.queue.depth.batches > 0 }
      return client
    }
    let answer = try await client.value
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
  }

  @Test func anIdleConnectionIsClosedAfterItsTimeout() async throws {
    let answer = try await answer(to: Self.livez) { $0.idleTime = .milliseconds(20) }
    #expect(answer.hasSuffix(Self.alive))
  }

  @Test func anIncompleteHeaderGetsAnAnswerAndSilenceGetsNone() throws {
    for (bytes, status) in [("GET /livez HT", 408), ("", nil)] as [(String, Int?)] {
      let services = ConnectionServices(
        register: ConnectionRegister(places: 1), bodies: BodyMemory(limit: 1),
        times: ConnectionTimes(receive: .seconds(10), idle: .seconds(75)), answers: AnswerCounts(),
        remaining: { .zero })
      let framing = RequestFraming(headBytes: 1_000, bodyBytes: 1_000, hosts: nil)
      let channel = EmbeddedChannel(handler: ConnectionHandler(services, framing: framing))
      try channel.connect(to: SocketAddress(unixDomainSocketPath: "peer")).wait()
      if !bytes.isEmpty { try channel.writeInbound(ByteBuffer(string: bytes)) }
      channel.embeddedEventLoop.advanceTime(by: .seconds(9))
      #expect(channel.isActive)
      channel.embeddedEventLoop.advanceTime(by: .seconds(4))
      #expect(!channel.isActive)
      #expect(services.answers.snapshot() == (status.map { [$0: 1] } ?? [:]))
    }
  }

  /// Runs `body` while `count` connections are open, each prepared by `prepare`.
  private static func withConnections<Value: Sendable>(
    _ count: Int, to port: Int, _ prepare: @escaping @Sendable (inout RawConnection) async throws -> Void,
    during body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard count > 0 else { return try await body() }
    return try await RawConnection.with(port: port) { connection in
      try await prepare(&connection)
      return try await withConnections(count - 1, to: port, prepare, during: body)
    }
  }
}
