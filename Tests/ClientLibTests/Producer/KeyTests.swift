import SocketIO
import Testing

@testable import ClientLib

/// The key of a producer.
struct KeyTests {
  @Test(arguments: ["", "secret", "sluice_", "sluice_abc_x_y"])
  func aTextThatIsNoKeyIsRefusedWithoutShowingIt(_ text: String) {
    let error = #expect(throws: ProducerError.self) { try Producer.Key(text) }
    #expect(error == ProducerError(.invalidConfiguration, ""))
    #expect(error?.message.contains("this is not a key of Sluice") == true)
    #expect(text.isEmpty || error?.message.contains("\(text) ") == false)
  }

  @Test(arguments: [
    (false, "127.0.0.1", true), (false, "127.8.8.8", true), (false, "::1", true), (false, "10.0.0.1", false),
    (false, "2001:db8::1", false), (true, "10.0.0.1", true),
  ])
  func aKeyIsUsedOverTLSAndLoopbackAlone(_ isEncrypted: Bool, _ ip: String, _ isUsed: Bool) throws {
    let endpoint = Endpoint(host: "server.example", port: 7_171)
    let error = ProducerError.unprotectedKey(
      isEncrypted: isEncrypted, peer: try SocketAddress(ip: ip, port: 7_171), endpoint: endpoint)
    #expect((error == nil) == isUsed)
    if let error { #expect(error.message.contains("server.example:7171")) }
  }

  @Test func aPeerOnThisMachineWithoutAnAddressMayHaveTheKey() {
    let error = ProducerError.unprotectedKey(
      isEncrypted: false, peer: nil, endpoint: Endpoint(host: "localhost", port: 1))
    #expect(error == nil)
  }
}
