import HTTPTypes

/// Errors of a request as HTTP, before a route receives it. The connection is closed after each of them.
extension Problem {
  /// Bytes that are not HTTP.
  static let notHTTP = malformed(
    .notHTTP,
    "This is not an HTTP request. Ingest clients must connect to the ingest port (tcp.port).")

  /// A first line without a method, a target and a version.
  static let badRequestLine = malformed(
    .badRequestLine,
    "The first line must be a method, a path that begins with \"/\", and HTTP/1.1, with one space between.")

  /// An unsupported version of HTTP.
  static let unsupportedVersion = Problem(
    status: .httpVersionNotSupported, kind: nil, detail: "This server speaks HTTP/1.1 and HTTP/1.0 only.")

  /// A line that ends with a line feed alone.
  static let bareLineFeed = malformed(
    .bareLineFeed,
    "A line ends with a bare line feed. Each line must end with a carriage return and a line feed.")

  /// Space between the name of a field and its colon.
  static let spaceBeforeColon = malformed(
    .spaceBeforeColon,
    "There is a space between the name of a header field and its colon. Remove it.")

  /// A field that continues on a second line.
  static let foldedField = malformed(
    .badFieldLine,
    "A header field continues on a second line. Write each field on one line.")

  /// A line that is not a header field.
  static let badFieldLine = malformed(
    .badFieldLine,
    "A header line is not a field. Write a name, a colon and a value without control characters.")

  /// A header above the maximum size.
  static let headTooLarge = Problem(
    status: .requestHeaderFieldsTooLarge, kind: nil,
    detail: "The request line or a header field is longer than this server allows.")

  /// A header without an end.
  static let headEndsEarly = malformed(
    .endsEarly,
    "The request ends within its header. Send an empty line after the last field.")

  /// A header that did not arrive in time.
  static let headTooSlow = Problem(
    status: .requestTimeout, kind: nil, detail: "The header of the request did not arrive in time.")

  /// A length that is not a number, or several lengths.
  static let badContentLength = malformed(
    .badContentLength,
    "Content-Length must be given once, as the number of bytes of the body in decimal digits.")

  /// A length together with chunks.
  static let lengthAndCoding = malformed(
    .badContentLength,
    "The request has both Content-Length and Transfer-Encoding. Send only one of them.")

  /// An unsupported transfer coding.
  static let unsupportedTransferCoding = Problem(
    status: .notImplemented, kind: nil,
    detail:
      "The only supported transfer coding is chunked, with HTTP/1.1. Send the body without another coding.")

  /// A chunk without a size, or with more bytes than its size.
  static let badChunk = malformed(
    .badChunk,
    "A chunk of the body must be its size in hexadecimal digits, a line end, its bytes, and a line end.")

  /// A body that is shorter than announced.
  static func bodyEndsEarly(received: Int, announced: Int?) -> Problem {
    let detail =
      if let announced {
        "The body ends after \(received) of the \(announced) bytes of Content-Length. Nothing was stored."
      } else {
        "The body ends before its last chunk. Nothing was stored."
      }
    return Problem(status: .badRequest, kind: .endsEarly, detail: detail)
  }

  /// No host, or several hosts.
  static func badHost(count: Int) -> Problem {
    let detail = "A request must have one Host field, not \(count)."
    return Problem(
      status: .badRequest, kind: .badHost, detail: detail,
      errors: [Fault(place: .field("Host"), detail: detail)])
  }

  /// A host that is not this server.
  static let foreignHost = Problem(
    status: .misdirectedRequest, kind: .foreignHost,
    detail: """
      This server accepts only localhost, loopback addresses, its own address and the names in http.hosts as \
      the host. A proxy in front of it must send one of them, too.
      """,
    errors: [Fault(place: .field("Host"), detail: "This host is not the server.")])

  /// All connections are busy.
  static let tooManyConnections = Problem(
    status: .serviceUnavailable, kind: .tooManyConnections,
    detail: "All connections are busy (http.connections). Try again.",
    headers: [.retryAfter: "1"])

  /// The body waited too long for its turn among the compressed bodies.
  static let noPlaceForBody = Problem(
    status: .serviceUnavailable, kind: .queueFull,
    detail:
      "The body waited too long, because other compressed bodies were expanded first. Nothing was stored; send "
      + "the request again.",
    headers: [.retryAfter: "1"])

  /// The bodies of other requests use all memory for bodies.
  static let noRoomForBody = Problem(
    status: .serviceUnavailable, kind: .queueFull,
    detail:
      "Other requests use all memory for bodies (http.body.memory). Nothing was accepted; try again.",
    headers: [.retryAfter: "1"])

  /// A body that stopped arriving.
  static let bodyStalls = Problem(
    status: .requestTimeout, kind: nil,
    detail: "The body stopped arriving. Nothing was stored.")

  /// Creates a problem of the status 400.
  private static func malformed(_ kind: Kind, _ detail: String) -> Problem {
    Problem(status: .badRequest, kind: kind, detail: detail)
  }
}
