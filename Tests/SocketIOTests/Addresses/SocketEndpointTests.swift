import SocketIO
import Testing

@Suite struct SocketEndpointTests {
  @Test(
    arguments: [
      ("localhost:7171", "localhost", 7171), ("db-1.example.org:0", "db-1.example.org", 0),
      ("127.0.0.1:65535", "127.0.0.1", 65535), ("[::1]:80", "::1", 80),
      ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ] as [(String, String, UInt16)])
  func readsHostAndPort(text: String, host: String, port: UInt16) throws {
    let endpoint = try SocketEndpoint(parsing: text)
    #expect(endpoint == SocketEndpoint(host: host, port: port))
    #expect(endpoint.description == text)
  }

  @Test(arguments: [
    "", "localhost", "localhost:", ":7171", "localhost:65536", "localhost:-1", "localhost:+1", "localhost:7a",
    "localhost:٣", "::1:80", "[]:80", "[::1:80", "::1]:80", "http://localhost:80", "a b:80",
  ])
  func refusesWhatIsNoEndpoint(text: String) {
    let error = #expect(throws: SocketError.self) { try SocketEndpoint(parsing: text) }
    #expect(error?.operation == .parse)
    #expect(error?.place == "\"\(text)\"")
  }
}
