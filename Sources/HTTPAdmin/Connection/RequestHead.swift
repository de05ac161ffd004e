/// The parts of a header that decide where the request ends and whether the server may answer it.
struct RequestHead: Hashable, Sendable {
  /// The delimitation of the body (RFC 9112, section 6).
  enum Body: Hashable, Sendable {
    /// There is no body.
    case none
    /// This many bytes follow.
    case length(Int)
    /// Chunks follow.
    case chunks
  }

  /// The delimitation of the body.
  var body = Body.none
  /// Whether the connection is closed after the answer: `Connection: close`, or HTTP/1.0 without
  /// `keep-alive`.
  var isLast = false
}

/// The header fields that `RequestHead` needs, collected line by line.
struct RequestFields {
  /// Whether the version of the request is HTTP/1.0.
  private let isOld: Bool
  private(set) var lengths: [String] = []
  private(set) var codings: [String] = []
  private(set) var hosts: [String] = []
  private(set) var connection: Set<String> = []

  init(isOld: Bool = false) {
    self.isOld = isOld
  }

  /// Reads a field line without its line end.
  /// - Returns: Whether the parser may see the line. `Upgrade` is hidden from it: a server may ignore the
  ///   offer (RFC 9110, section 7.8), but the parser would treat the bytes after it as another protocol.
  ///   `Expect` of HTTP/1.0 is hidden, because a server must ignore it (RFC 9110, section 10.1.1).
  /// - Throws: a 400 problem when the line violates the grammar of RFC 9112, section 5.
  mutating func add(_ line: Slice<UnsafeRawBufferPointer>) throws(Problem) -> Bool {
    guard let first = line.first, first != 0x20, first != 0x09 else { throw .foldedField }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .badFieldLine }
    let name = line[..<colon]
    if let last = name.last, last == 0x20 || last == 0x09 { throw .spaceBeforeColon }
    guard !name.isEmpty, name.allSatisfy(RequestLine.isTokenByte) else { throw .badFieldLine }
    let value = line[line.index(after: colon)...]
    guard value.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else { throw .badFieldLine }
    switch name.count {
    case 4 where Self.isEqual(name, "host"): hosts.append(Self.text(value))
    case 6 where Self.isEqual(name, "expect"): return !isOld
    case 7 where Self.isEqual(name, "upgrade"): return false
    case 10 where Self.isEqual(name, "connection"): connection.formUnion(Self.elements(value))
    case 14 where Self.isEqual(name, "content-length"): lengths.append(Self.text(value))
    case 17 where Self.isEqual(name, "transfer-encoding"): codings += Self.elements(value)
    default: break
    }
    return true
  }

  /// Returns the delimitation of the body.
  /// - Throws: 400 for contradicting or malformed lengths, 413 for a length above `limit` bytes, 501 for a
  ///   transfer coding other than `chunked`.
  func body(limit: Int) throws(Problem) -> RequestHead.Body {
    if !codings.isEmpty {
      guard lengths.isEmpty else { throw .lengthAndCoding }
      guard codings == ["chunked"] else { throw .unsupportedTransferCoding }
      return .chunks
    }
    guard let length = lengths.first else { return .none }
    guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let bytes = Int(length)
    else { throw .badContentLength }
    guard bytes <= limit else { throw .bodyTooLarge(limit: limit) }
    return bytes == 0 ? .none : .length(bytes)
  }

  private static func isEqual(_ name: Slice<UnsafeRawBufferPointer>, _ lowercase: StaticString) -> Bool {
    lowercase.withUTF8Buffer { other in zip(name, other).allSatisfy { $0 | 0x20 == $1 } }
  }

  private static func text(_ value: Slice<UnsafeRawBufferPointer>) -> String {
    String(String(decoding: value, as: UTF8.self)[...].trimmed)
  }

  /// Returns the elements of a list, in lowercase.
  private static func elements(_ value: Slice<UnsafeRawBufferPointer>) -> [String] {
    text(value).lowercased().split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
  }
}

/// The first line of a request (RFC 9112, section 3).
struct RequestLine {
  /// Whether the version is HTTP/1.0.
  let isOld: Bool
  /// The authority of a target in absolute form, which replaces `Host`; nil for other forms.
  let authority: String?

  /// Reads a line without its line end.
  /// - Throws: 400 when it is no request line, 501 for CONNECT, 505 for another version of HTTP.
  init(_ line: Slice<UnsafeRawBufferPointer>) throws(Problem) {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count >= 2, !parts[0].isEmpty, parts[0].allSatisfy(Self.isTokenByte) else { throw .notHTTP }
    guard parts.count == 3 else { throw .badRequestLine }
    let version = String(decoding: parts[2], as: UTF8.self)
    guard version.hasPrefix("HTTP/") else { throw .badRequestLine }
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else { throw .unsupportedVersion }
    guard !parts[0].elementsEqual("CONNECT".utf8) else { throw .unknownMethod }
    isOld = version == "HTTP/1.0"
    let target = parts[1]
    if target.first == UInt8(ascii: "/") || target.elementsEqual("*".utf8) {
      authority = nil
      return
    }
    let text = String(decoding: target, as: UTF8.self)
    guard let scheme = ["http://", "https://"].first(where: text.lowercased().hasPrefix) else {
      throw .badRequestLine
    }
    authority = String(text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" })
  }

  /// Whether `bytes`, the beginning of an incomplete line, may begin a request.
  static func mayBegin(with bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    let method = bytes.prefix { $0 != 0x20 }
    guard method.count < bytes.count else {
      // A carriage return may begin an empty line, or end a line without a target.
      return bytes.count <= longestMethod && bytes.allSatisfy { isTokenByte($0) || $0 == 0x0D }
    }
    return !method.isEmpty && method.count <= longestMethod && method.allSatisfy(isTokenByte)
      && bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0D }
  }

  /// Maximum length of a method in letters; the longest registered one has 17.
  private static let longestMethod = 32

  /// Whether a byte may be in a token (RFC 9110, section 5.6.2).
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"),
      UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
      UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
