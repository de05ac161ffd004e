internal import Foundation

/// The bytes of an answer (RFC 9112), as far as they arrived. Pure.
struct PageAnswer {
  /// How the end of the body is found (RFC 9112, section 6.3).
  private enum Framing: Equatable {
    case chunked
    case length(Int)
    /// The body ends with the connection.
    case connection
  }

  /// The most bytes of a header.
  static let mostHeaderBytes = 64 << 10

  private let status: Int
  private let framing: Framing
  /// The bytes after the header.
  private let rest: ArraySlice<UInt8>

  /// Reads the header of `bytes`; nil while it is not complete, or when it is not HTTP.
  init?(_ bytes: [UInt8]) {
    guard let end = Self.end(ofHeaderIn: bytes.prefix(Self.mostHeaderBytes)) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      fields[line[..<colon].lowercased()] = value
    }
    self.status = status
    rest = bytes[(end + 4)...]
    if fields["transfer-encoding"]?.lowercased() == "chunked" {
      framing = .chunked
    } else if let length = fields["content-length"].flatMap({ Int($0) }), length >= 0 {
      framing = .length(length)
    } else {
      framing = .connection
    }
  }

  /// The answer, if nothing more belongs to it. Reads the chunks of a body only when it may be at its end, because a long
  /// body arrives in many parts.
  var whole: PageRequest.Answer? {
    switch framing {
    case .chunked: rest.suffix(5).elementsEqual("0\r\n\r\n".utf8) ? wholeAtEnd : nil
    case .length: wholeAtEnd
    case .connection: nil
    }
  }

  /// The answer, if it is complete when the connection ends here.
  var wholeAtEnd: PageRequest.Answer? {
    switch framing {
    case .chunked: Self.joined(rest).map { PageRequest.Answer(status: status, body: $0) }
    case .length(let length):
      rest.count >= length ? PageRequest.Answer(status: status, body: Data(rest.prefix(length))) : nil
    case .connection: PageRequest.Answer(status: status, body: Data(rest))
    }
  }

  /// Returns the position of the empty line after the header.
  private static func end(ofHeaderIn bytes: ArraySlice<UInt8>) -> Int? {
    let mark = Array("\r\n\r\n".utf8)
    return bytes.indices.dropLast(3).first { bytes[$0..<$0 + 4].elementsEqual(mark) }
  }

  /// Joins chunks (RFC 9112, section 7.1); nil when the last one is missing.
  private static func joined(_ bytes: ArraySlice<UInt8>) -> Data? {
    var body = Data()
    var rest = bytes
    while let line = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let text = String(decoding: rest[..<line], as: UTF8.self).prefix { $0.isHexDigit }
      guard let size = Int(text, radix: 16), size >= 0 else { return nil }
      if size == 0 { return body }
      let data = rest[(line + 1)...].prefix(size)
      body.append(contentsOf: data)
      guard data.count == size, rest.endIndex - data.endIndex >= 2 else { return nil }
      rest = rest[(data.endIndex + 2)...]
    }
    return nil
  }
}
