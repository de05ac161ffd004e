import Foundation
import SocketIO
import Testing

@testable import Publisher

struct PageRequestTests {
  @Test(arguments: [
    (true, "10.0.0.7", true), (false, "10.0.0.7", false), (false, "127.0.0.1", true), (false, "::1", true),
    (false, "2001:db8::1", false),
  ])
  func sendsTheKeyOverTLSAndLoopbackAlone(isEncrypted: Bool, address: String, may: Bool) throws {
    let peer = try SocketAddress(ip: address, port: 8080)
    #expect(PageRequest.mayCarryKey(isEncrypted: isEncrypted, peer: peer) == may)
    #expect(PageRequest.mayCarryKey(isEncrypted: isEncrypted, peer: nil) == isEncrypted)
  }

  @Test(arguments: [
    ("http://h:1/", "http://h:1/dead"), ("https://h", "https://h/dead"),
    ("http://[::1]:8080/base", "http://[::1]:8080/base/dead"),
  ])
  func isBelowTheBase(base: String, url: String) throws {
    #expect(try #require(PageRequest("/dead", below: base, PageAccess())).url.absoluteString == url)
  }

  @Test(arguments: ["http://user:password@h/", "ftp://h", "h:8080", "http://h:70000", ""])
  func needsAnHTTPURL(base: String) {
    #expect(PageRequest("/dead", below: base, PageAccess()) == nil)
  }
}

struct PageAnswerTests {
  private func answer(_ text: String) -> PageAnswer? { PageAnswer(Array(text.utf8)) }

  @Test func endsWithItsLength() throws {
    let part = try #require(answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"))
    #expect(part.whole == nil && part.wholeAtEnd == nil)
    let whole = try #require(answer("HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nabcd")?.whole)
    #expect(whole.status == 200 && whole.body == Data("abcd".utf8))
  }

  @Test func joinsChunks() throws {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let whole = try #require(answer(head + "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n"))
    #expect(whole.whole?.body == Data("abcd".utf8))
    for part in [
      "", "3", "3\r\nab", "3\r\nabc", "3\r\nabc\r\n", "zz\r\nab", "7fffffffffffffff\r\nab", "-1\r\nab",
      "9\r\n0\r\n\r\n",
    ] {
      let part = try #require(answer(head + part))
      #expect(part.whole == nil && part.wholeAtEnd == nil)
    }
  }

  @Test func endsWithTheConnectionOtherwise() throws {
    let open = try #require(answer("HTTP/1.0 503 Busy\r\n\r\nlater"))
    #expect(open.whole == nil && open.wholeAtEnd?.status == 503)
  }

  @Test func aHeaderHasABound() {
    let long = String(repeating: "x", count: PageAnswer.mostHeaderBytes)
    #expect(answer("HTTP/1.1 200 OK\r\nlong: \(long)\r\n\r\n") == nil)
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 x\r\n\r\n", "\r\n\r\n",
  ])
  func otherBytesAreNoAnswer(text: String) {
    #expect(answer(text) == nil)
  }
}
