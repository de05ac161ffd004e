import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing

@testable import HTTPAdmin

@Suite("AdminServer")
struct AdminServerTests {
  private static func server(_ change: (inout AdminSettings) -> Void = { _ in }) -> TestServer {
    var server = TestServer()
    change(&server.settings)
    return server
  }

  @Test func reportsTheBoundPort() async throws {
    let answer = try await TestServer().withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return try await connection.readToEnd()
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.hasSuffix("\r\n\r\n{\"status\":\"alive\"}\n"))
  }

  @Test func failsWhenThePortIsTaken() async throws {
    try await TestServer().withService { port in
      let second = Self.server { $0.port = port }
      await #expect(throws: AdminAddressError.self) {
        try await second.withService { _ in }
      }
    }
  }

  @Test func closesIdleConnectionsWhenItStops() async throws {
    let server = TestServer()
    let (answered, signal) = AsyncStream.makeStream(of: Void.self)
    let client = try await server.withService { port in
      let client = Task {
        defer { signal.finish() }
        return try await RawConnection.with(port: port) { connection in
          try await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
          _ = try await connection.read { $0.hasSuffix("}\n") }
          signal.finish()
          return try await connection.readToEnd()
        }
      }
      for await _ in answered {}
      return client
    }
    #expect(try await client.value == "")
  }

  @Test(arguments: [
    [UInt8]("SLUICE\u{1}\u{0}".utf8) + Array(repeating: 0xA5, count: 64),
    [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03],
    Array(repeating: 0, count: 4096),
    [UInt8]("nonsense\r\n\r\n".utf8),
  ])
  func answersInputThatIsNotHTTPAndCloses(_ bytes: [UInt8]) async throws {
    let answer = try await TestServer().withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(bytes)
        return try await connection.readToEnd()
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    #expect(answer.contains("\r\nContent-Type: application/problem+json\r\n"))
    #expect(answer.contains("Ingest clients must connect to the ingest port"))
  }

  @Test func answersTheRequestsBeforeAMalformedOne() async throws {
    let answer = try await TestServer().withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let first = try await connection.read { $0.hasSuffix("}\n") }
        try await connection.send("nonsense\r\n\r\n")
        let second = try await connection.readToEnd()
        return first + second
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.contains("}\nHTTP/1.1 400 Bad Request\r\n"))
  }

  @Test(arguments: [
    ("X: ", 900, 200), ("X: ", 1100, 431), ("", 0, 200),
  ])
  func boundsTheHeaderFields(_ field: String, _ length: Int, _ status: Int) async throws {
    let lines = field.isEmpty ? "" : field + String(repeating: "x", count: length) + "\r\n"
    let answer = try await Self.server { $0.headerBytes = 1024 }.withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send(
          "GET /livez HTTP/1.1\r\nHost: localhost\r\n\(lines)Connection: close\r\n\r\n")
        return try await connection.readToEnd()
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
  }

  @Test func boundsTheRequestLine() async throws {
    let answer = try await TestServer().withService { port in
      try await RawConnection.with(port: port) { connection in
        try await connection.send("GET /livez?\(String(repeating: "x", count: 100_000)) HTTP/1.1\r\n\r\n")
        return try await connection.readToEnd()
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 431 "))
  }

  @Test func closesASilentConnection() async throws {
    let answer = try await Self.server { $0.receiveTime = .milliseconds(20) }.withService { port in
      try await RawConnection.with(port: port) { connection in
        return try await connection.readToEnd()
      }
    }
    #expect(answer == "")
  }
}
