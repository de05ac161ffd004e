import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import Console

@Suite struct ServerAnswerTests {
  private func settings(key: String? = nil) throws -> ServerSettings {
    var settings = ServerSettings(address: try #require(ServerAddress("http://127.0.0.1:8080/")))
    settings.key = key
    return settings
  }

  /// Each status of the specification, and the exit status that scripts see.
  @Test(
    arguments: [
      (400, .failed), (401, .noAccess), (403, .noAccess), (404, .failed), (409, .failed), (410, .failed),
      (422, .failed), (429, .unreachable), (500, .failed), (503, .unreachable), (301, .failed),
    ] as [(Int, ConsoleExitStatus)])
  func eachStatusHasAnExitStatus(_ status: Int, _ exit: ConsoleExitStatus) throws {
    let body = #"{"type":"about:blank","title":"T","status":\#(status),"detail":"because\u001b[2J"}"#
    let answer = ServerAnswer(status: status, body: Array(body.utf8))
    let failure = try answer.failure(of: settings(key: "k"))
    #expect(failure.status == exit)
    #expect(failure.description.contains(#"because\u{1b}[2J"#), "\(failure)")
    #expect(failure.description.hasPrefix("http://127.0.0.1:8080 "))
    #expect(failure.description.hasSuffix("(status \(status))"))
    #expect(!failure.description.contains("\n"))
    #expect(throws: failure) { try answer.json(from: settings(key: "k")) }
  }

  @Test func aServerThatAsksForAKeyIsToldFromOneThatRefusesIt() throws {
    let answer = ServerAnswer(status: 401, body: [])
    #expect(try answer.failure(of: settings()).description.contains("--key-file"))
    #expect(try answer.failure(of: settings(key: "k")).description.contains("does not accept this key"))
  }

  /// A page of another server is no answer about the event.
  @Test func aServerThatIsNoneOfOursIsToldFromANameThatIsUnknown() throws {
    let other = ServerAnswer(status: 404, body: Array("<html>Not Found</html>".utf8))
    #expect(other.reason == nil)
    #expect(
      try other.failure(of: settings()).description.contains("is that the HTTP address of a Sluice server?"))
    let ours = ServerAnswer(status: 404, body: Array(#"{"detail":"No event.","status":404}"#.utf8))
    #expect(ours.reason == "No event.")
  }

  @Test func namesTheParametersThatAreWrong() throws {
    let body = #"{"detail":"Two.","errors":[{"parameter":"limt","detail":"unknown"},{"detail":"more"}]}"#
    let failure = try ServerAnswer(status: 422, body: Array(body.utf8)).failure(of: settings())
    #expect(failure.description.contains("Two.; limt: unknown; more"))
  }

  @Test func anAnswerThatIsNoJSONIsAFailure() throws {
    let failure = #expect(throws: CommandFailure.self) {
      try ServerAnswer(status: 200, body: Array("<html>".utf8)).json(from: settings())
    }
    #expect(failure?.status == .failed)
  }

  @Test(
    arguments: [
      (HTTPClientError.readTimeout, "did not answer within 30s"),
      (HTTPClientError.deadlineExceeded, "did not answer within 30s"),
      (HTTPClientError.connectTimeout, "did not answer within 30s"),
      (ChannelError.connectTimeout(.seconds(1)), "did not answer within 30s"),
      (HTTPClientError.remoteConnectionClosed, "ended the connection"),
      (HTTPParserError.invalidEOFState, "ended the connection"),
      (NIOTooManyBytesError(maxBytes: 256 << 20), "longer than 256 MiB"),
      (IOError(errnoCode: 111, reason: "connect"), "nothing listens there"),
      (IOError(errnoCode: 113, reason: "connect"), "no route to host"),
    ] as [(any Error, String)])
  func eachErrorOfAConnectionIsOneClearLine(_ error: any Error, _ words: String) throws {
    let failure = try CommandFailure(transport: error, settings())
    #expect(failure.status == (error is NIOTooManyBytesError ? .failed : .unreachable))
    #expect(failure.description.contains(words), "\(failure)")
  }
}

@Suite struct RequestTargetTests {
  @Test func everythingIsEscapedThatASeparatorCouldBe() {
    let target = RequestTarget("events", "a/b", "c d?é").adding("q", "1+1=2&x#").adding("cursor", nil)
    #expect(target.text == "/events/a%2Fb/c%20d%3F%C3%A9?q=1%2B1%3D2%26x%23")
    #expect(RequestTarget("stats").text == "/stats")
  }

  @Test func pagesFollowTheCursorUpToTheLimit() throws {
    var pages = ServerPages(RequestTarget("events"), member: "events", limit: 1_500)
    #expect(pages.nextRequest()?.text == "/events?limit=1000")
    let rows = String(repeating: "{},", count: 999) + "{}"
    #expect(!pages.take(try JSONValue(Array(#"{"events":[\#(rows)],"next_cursor":"c/1"}"#.utf8))).isLast)
    #expect(pages.nextRequest()?.text == "/events?limit=500&cursor=c%2F1")
    let last = pages.take(try JSONValue(Array(#"{"events":[\#(rows)],"next_cursor":"c2"}"#.utf8)))
    #expect(last.isLast && last.rows.count == 500 && pages.count == 1_500)
    #expect(pages.nextRequest() == nil)
  }

  @Test func anEmptyPageWithACursorIsNotTheEnd() throws {
    var pages = ServerPages(RequestTarget("events"), member: "events", limit: nil)
    #expect(!pages.take(try JSONValue(Array(#"{"events":[],"next_cursor":"c"}"#.utf8))).isLast)
    #expect(pages.take(try JSONValue(Array(#"{"events":[{}],"next_cursor":null}"#.utf8))).isLast)
    #expect(pages.count == 1)
  }
}

@Suite struct ServerAddressTests {
  @Test(
    arguments: [
      ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
      ("http://localhost/", "http://localhost", true),
      ("https://events.example.org/sluice/", "https://events.example.org/sluice", false),
      ("http://[::1]:8080", "http://[::1]:8080", true),
      ("http://127.0.0.1.example.org", "http://127.0.0.1.example.org", false),
      ("http://localhost.example.org", "http://localhost.example.org", false),
    ] as [(String, String, Bool)])
  func readsAnAddress(_ text: String, _ shown: String, _ isHere: Bool) throws {
    let address = try #require(ServerAddress(text))
    #expect("\(address)" == shown && address.isOnThisMachine == isHere)
    #expect(address.isEncrypted == text.hasPrefix("https"))
  }

  @Test(arguments: [
    "", "127.0.0.1:8080", "ftp://a", "http://", "http://u:p@a", "http://a/?x=1", "http://a#b",
    "http://a:99999",
  ])
  func refusesWhatIsNone(_ text: String) {
    #expect(ServerAddress(text) == nil)
  }
}
