import HTTPTypes
import Principals
import Testing
import Waiting

@testable import HTTPAdmin

struct RevocationTests {
  @Test func aRevocationEndsARunningTail() async throws {
    let keyring = try Keyring([
      Principal(name: "reader", roles: [.read]), Principal(name: "other", roles: [.read]),
    ])
    let tail = MemoryTail()
    var server = TestServer()
    server.tail = tail
    server.access = keyring.access
    server.settings.tail.poll = .milliseconds(1)
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        let fields = keyring.fields(of: "reader")
        var client = try await StreamClient(
          connection, fields: "Authorization: \(fields[.authorization] ?? "")\r\n")
        try await client.begun()
        try keyring.revoke("other")
        tail.publish("a")
        #expect(try await client.topics(1) == ["a"])
        try keyring.revoke("reader")
        await #expect(throws: (any Error).self) { try await client.topics(1) }
      }
    }
  }

  @Test func aTailShowsPermittedTopicsAlone() async throws {
    let keyring = try Keyring([.limited("reader", [.read], "a.*")])
    let tail = MemoryTail()
    var server = TestServer()
    server.tail = tail
    server.access = keyring.access
    server.settings.tail.poll = .milliseconds(1)
    try await server.withService { port in
      for query in ["", "?topic=*"] {
        try await RawConnection.with(port: port) { connection in
          let fields = keyring.fields(of: "reader")
          var client = try await StreamClient(
            connection, query, fields: "Authorization: \(fields[.authorization] ?? "")\r\n")
          try await client.begun()
          tail.publish("b", "a.1", "b", "a.2")
          #expect(try await client.topics(2) == ["a.1", "a.2"])
        }
      }
    }
  }
}
