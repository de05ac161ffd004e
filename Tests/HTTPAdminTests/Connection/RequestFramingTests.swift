import HTTPTypes
import NIOCore
import Testing

@testable import HTTPAdmin

/// Tests of the boundaries of requests, byte by byte.
@Suite("RequestFraming")
struct RequestFramingTests {
  /// The result for some input: the bytes for the parser, the headers, and the error.
  struct Outcome: Equatable {
    var forwarded = ""
    var heads: [RequestHead] = []
    var problem: Problem.Kind?
    var status: Int?
  }

  /// Passes `text` to a framing in pieces of `step` bytes.
  private static func outcome(
    _ text: String, step: Int = .max, endsHere: Bool = false, hosts: HostNames? = nil
  ) -> Outcome {
    var framing = RequestFraming(headBytes: 1_000, bodyBytes: 100, hosts: hosts)
    var buffer = ByteBuffer()
    var outcome = Outcome()
    var rest = Array(text.utf8)[...]
    do throws(Problem) {
      while !rest.isEmpty {
        buffer.writeBytes(rest.prefix(step))
        rest = rest.dropFirst(step)
        while let piece = try framing.next(&buffer) {
          switch piece {
          case .head(let head, let bytes):
            outcome.heads.append(head)
            outcome.forwarded += String(buffer: bytes)
          case .body(let bytes): outcome.forwarded += String(buffer: bytes)
          }
        }
      }
      if endsHere { try framing.end(buffer) }
    } catch {
      outcome.problem = error.kind
      outcome.status = error.status.code
    }
    return outcome
  }

  private static let get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
  private static let post = "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
  private static let chunks =
    "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    + "3;x=y\r\nabc\r\n0A \r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"

  @Test(arguments: [1, 2, 3, 7, 1_000])
  func forwardsValidRequestsUnchangedHoweverTheyArrive(_ step: Int) {
    let all = Self.get + Self.chunks + Self.post + Self.get
    let outcome = Self.outcome(all, step: step, endsHere: true)
    #expect(outcome.forwarded == all)
    #expect(outcome.heads.map(\.body) == [.none, .chunks, .length(3), .none])
    #expect(outcome.problem == nil && outcome.status == nil)
  }

  @Test func hidesAnOfferedUpgradeFromTheParser() {
    let offered = "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUPGRADE: h2c\r\nX: 1\r\n\r\n"
    let outcome = Self.outcome(offered + Self.get)
    #expect(
      outcome.forwarded
        == "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nX: 1\r\n\r\n" + Self.get)
    #expect(outcome.heads.count == 2)
  }

  @Test func hidesAnExpectationOfHTTP10FromTheParser() {
    for (version, isShown) in [("1.0", false), ("1.1", true)] {
      let head = "POST /a HTTP/\(version)\r\nHost: localhost\r\n"
      let field = "Expect: 100-continue\r\n"
      let outcome = Self.outcome(head + field + "X: 1\r\n\r\n")
      #expect(outcome.forwarded == head + (isShown ? field : "") + "X: 1\r\n\r\n")
    }
  }

  @Test(
    arguments: [
      ("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", true),
      ("GET /a HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", true),
      ("GET /a HTTP/1.0\r\n\r\n", true), ("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false),
      ("GET /a HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", false),
    ])
  func discardsBytesAfterTheLastRequest(_ request: String, _ isLast: Bool) {
    let outcome = Self.outcome(request + Self.get)
    #expect(outcome.heads.first?.isLast == isLast)
    #expect(outcome.heads.count == (isLast ? 1 : 2))
  }

  @Test(
    arguments: [
      ("GET /a HTTP/1.1\nHost: a\n\n", .bareLineFeed, 400),
      ("GET /a HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", .bareLineFeed, 400),
      ("GET /a HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badFieldLine, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", .badFieldLine, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", .badFieldLine, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", .badFieldLine, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", .badFieldLine, 400),
      ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine, 400),
      ("GET /a\r\nHost: a\r\n\r\n", .badRequestLine, 400),
      ("GET  /a HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine, 400),
      ("nonsense\r\n\r\n", .notHTTP, 400), ("\u{16}\u{3}\u{1}", .notHTTP, 400),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", nil, 505), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", nil, 501),
      ("GET /a HTTP/1.1\r\n\r\n", .badHost, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .badHost, 400),
      (
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .badContentLength, 400
      ),
      ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .badContentLength, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\n", .badContentLength, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .badContentLength, 400),
      (
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n", .badContentLength,
        400
      ),
      ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n", nil, 413),
      ("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", nil, 413),
      (
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        .badContentLength, 400
      ),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", nil, 501),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", nil, 501),
      ("GET /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", nil, 501),
      (
        "GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", nil,
        413
      ),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", nil, 413),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .badChunk, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n", .bareLineFeed, 400),
      ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n", .badChunk, 400),
      ("GET /\(String(repeating: "x", count: 1_000))", nil, 431),
      ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 1_000))\r\n\r\n", nil, 431),
    ] as [(String, Problem.Kind?, Int)])
  func namesEachViolation(_ text: String, _ kind: Problem.Kind?, _ status: Int) {
    for step in [1, 1_000_000] {
      let outcome = Self.outcome(text, step: step)
      #expect(outcome.problem == kind && outcome.status == status, "in steps of \(step)")
    }
  }

  @Test(
    arguments: [
      String(Self.get.dropLast(2)), String(Self.post.dropLast()), String(Self.chunks.dropLast(2)),
      String(Self.chunks.prefix(Self.chunks.count / 2)),
    ])
  func namesARequestThatEndsEarly(_ text: String) {
    let outcome = Self.outcome(text, endsHere: true)
    #expect(outcome.problem == .endsEarly && outcome.status == 400)
  }

  @Test(
    arguments: [
      ("localhost", true), ("LOCALHOST:8080", true), ("127.0.0.1", true), ("127.9.9.9:1", true),
      ("[::1]:8080", true), ("sluice.localhost", true), ("evil.example", false),
      ("127.0.0.1.evil.example", false),
      ("localhost.evil.example:8080", false), ("10.0.0.1", false), ("[::2]", false), ("", false),
    ])
  func acceptsOnlyLoopbackNamesOnLoopback(_ host: String, _ isOwn: Bool) {
    let request = "GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    let outcome = Self.outcome(request, hosts: HostNames(listeningOn: "127.0.0.1"))
    #expect(outcome.status == (isOwn ? nil : 421))
    #expect(Self.outcome(request, hosts: HostNames(listeningOn: "0.0.0.0")).status == nil)
    let absolute = "GET http://\(host)/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
    #expect(
      Self.outcome(absolute, hosts: HostNames(listeningOn: "localhost")).status == (isOwn ? nil : 421))
  }
}
