import Testing
import TextFormats

struct LoopbackHostTests {
  @Test(
    arguments: [
      ("localhost", true), ("LocalHost", true), ("::1", true), ("127.0.0.1", true), ("127.255.0.9", true),
      ("127.0.0", false), ("127.0.0.1.", false), ("127.0.0.256", false), ("128.0.0.1", false), ("", false),
      ("[::1]", false), ("localhost.example.org", false), ("0.0.0.0", false), ("::", false),
    ])
  func isThisMachineWhateverNamesResolveTo(host: String, isLoopback: Bool) {
    #expect(LoopbackHost.contains(host) == isLoopback)
  }
}
