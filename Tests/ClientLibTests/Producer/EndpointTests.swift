import Testing

@testable import ClientLib

@Suite struct EndpointTests {
  @Test(arguments: ["localhost:7171", "10.0.0.1:1", "[::1]:65535"]) func readsWhatItWrites(_ text: String) {
    #expect(Endpoint(text)?.description == text)
  }

  @Test(arguments: ["", "localhost", "localhost:", ":1", "localhost:65536", "::1:7171", "a b:1"])
  func refusesOthers(_ text: String) {
    #expect(Endpoint(text) == nil)
  }

  @Test func hasTheIngestPortByDefault() {
    #expect(Endpoint(host: "::1").description == "[::1]:7171")
  }
}
