import Testing

@testable import DaemonConfiguration

struct OriginListTests {
  @Test(arguments: [
    ("https://a.example", ["https://a.example"]),
    ("http://localhost:3000, https://b.example:8443", ["http://localhost:3000", "https://b.example:8443"]),
    ("http://[::1]:80", ["http://[::1]:80"]),
  ])
  func readsOrigins(_ text: String, _ origins: [String]) {
    #expect(OriginList.read(text) == origins)
  }

  @Test(arguments: [
    "", "*", "null", "a.example", "https://", "https://a.example/", "https://A.example", "ftp://a.example",
    "https://a.example,", "https://a.example,,http://b", "https://user@a.example", "https://a.example?x",
  ])
  func refusesWhatNoBrowserSends(_ text: String) {
    #expect(OriginList.read(text) == nil)
  }
}
