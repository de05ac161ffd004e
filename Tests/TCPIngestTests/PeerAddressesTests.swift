import SocketIO
import Testing

@testable import TCPIngest

struct PeerAddressesTests {
  private let one: SocketAddress.Network
  private let other: SocketAddress.Network

  init() throws {
    one = try SocketAddress(ip: "192.0.2.1", port: 1).network
    other = try SocketAddress(ip: "192.0.2.2", port: 1).network
  }

  @Test func addressesOfOneOwnerCountAsOne() throws {
    #expect(try SocketAddress(ip: "192.0.2.1", port: 9).network == one)
    #expect(one != other)
    let six = try ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"].map {
      try SocketAddress(ip: $0, port: 1).network
    }
    #expect(six[0] == six[1])
    #expect(six[0] != six[2])
  }

  @Test func handshakesBeyondTheRateWaitAndAreThenRefused() {
    let addresses = PeerAddresses(hellosPerSecond: 10, timeout: .seconds(1))
    let now = ContinuousClock.now
    let turns = (0..<40).map { _ in addresses.hello(from: one, at: now) }
    #expect(turns.prefix(21).allSatisfy { $0 == .now })
    #expect(turns[21] == .after(.milliseconds(100)))
    #expect(turns[30] == .after(.seconds(1)))
    #expect(turns[31] == .refused(retryAfter: .milliseconds(1_100)))
    #expect(addresses.hello(from: other, at: now) == .now, "another address does not wait")
    #expect(addresses.hello(from: one, at: now + .seconds(10)) == .now)
  }

  @Test func aHundredProducersBehindOneAddressMayConnectTogether() {
    let configuration = IngestServerConfiguration(address: .loopback(port: 0))
    let addresses = PeerAddresses(
      hellosPerSecond: configuration.hellosOfAddress, timeout: configuration.handshake / 2)
    let now = ContinuousClock.now
    #expect((0..<100).allSatisfy { _ in addresses.hello(from: one, at: now) == .now })
    #expect(configuration.addressBound == 5_000)
  }

  @Test func countsConnections() {
    let addresses = PeerAddresses(hellosPerSecond: 10, timeout: .seconds(1))
    #expect([addresses.opened(one), addresses.opened(one), addresses.opened(other)] == [1, 2, 1])
    addresses.closed(one, at: .now)
    #expect(addresses.opened(one) == 2)
  }
}
