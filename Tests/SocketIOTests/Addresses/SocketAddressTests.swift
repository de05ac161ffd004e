import Testing

@testable import SocketIO

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1:7171"), ("0.0.0.0", "0.0.0.0:7171"), ("255.255.255.255", "255.255.255.255:7171"),
    ("::1", "[::1]:7171"), ("::", "[::]:7171"), ("2001:db8:0:0::a", "[2001:db8::a]:7171"),
    ("::ffff:10.1.2.3", "10.1.2.3:7171"), ("fe80::1%1", "[fe80::1%1]:7171"),
  ])
  func readsAndWritesAddresses(text: String, written: String) throws {
    #expect(try SocketAddress(ip: text, port: 7171).description == written)
  }

  @Test(arguments: [
    "", "localhost", "127.1", "2130706433", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "[::1]", "1::2::3",
    "fe80::1%", "fe80::1%no-such-interface", "127.0.0.1:80",
  ])
  func refusesWhatIsNoAddress(text: String) {
    let error = #expect(throws: SocketError.self) { try SocketAddress(ip: text, port: 1) }
    #expect(
      error?.description
        == "cannot read an address from \"\(text)\": it is neither an IPv4 nor an IPv6 address")
  }

  @Test(arguments: [
    ("127.0.0.1", true, false), ("127.255.0.3", true, false), ("128.0.0.1", false, false),
    ("0.0.0.0", false, true), ("::", false, true), ("::1", true, false), ("::2", false, false),
    ("1::1", false, false), ("::ffff:127.0.0.1", true, false),
  ])
  func knowsLoopbackAndWildcard(text: String, loopback: Bool, wildcard: Bool) throws {
    let address = try SocketAddress(ip: text, port: 0)
    #expect(address.isLoopback == loopback)
    #expect(address.isWildcard == wildcard)
  }

  @Test(arguments: ["10.1.2.3", "::1", "2001:db8::a:b", "fe80::1%3"], [0, 1, 7171, 65535] as [UInt16])
  func survivesTheSystemsForm(text: String, port: UInt16) throws {
    let address = try SocketAddress(ip: text, port: port)
    let back = address.withSystemAddress { SocketAddress($0, length: $1) }
    #expect(back == address)
  }

  @Test func refusesASystemAddressCutShort() throws {
    let address = try SocketAddress(ip: "::1", port: 1)
    for length in 0..<28 {
      let back = address.withSystemAddress { system, _ in SocketAddress(system, length: UInt32(length)) }
      #expect(back == nil)
    }
  }

  @Test func hasNoAddressForASocketThatIsNotIP() throws {
    let (descriptor, peer) = try RawPeer.pair()
    let own = RawPeer(descriptor)
    #expect(SocketAddress.local(of: own.descriptor) == nil)
    #expect(SocketAddress.peer(of: peer.descriptor) == nil)
  }

  @Test func namesLoopback() throws {
    #expect(SocketAddress.loopback(port: 9) == (try SocketAddress(ip: "127.0.0.1", port: 9)))
  }
}
