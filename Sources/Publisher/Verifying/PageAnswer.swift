internal import Foundation

/// The bytes of an answer (RFC 9112), as far as they arrived. Pure.
struct PageAnswer {
  let answer: PageRequest.Answer
  /// Whether nothing more belongs to the answer.
  let isComplete: Bool
  /// Whether the answer is complete when the connection ends here.
  let isCompleteAtEnd: Bool

  /// Reads `bytes`; nil while the header is not complete, or when it is not HTTP.
  init?(_ bytes: [UInt8]) {
    guard let end = Self.end(ofHeaderIn: bytes) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      fields[line[..<colon].lowercased()] = value
    }
    let rest = bytes[(end + 4)...]
    if fields["transfer-encoding"]?.lowercased() == "chunked" {
      let (body, isWhole) = Self.joined(rest)
      answer = PageRequest.Answer(status: status, body: body)
      (isComplete, isCompleteAtEnd) = (isWhole, isWhole)
    } else if let length = fields["content-length"].flatMap({ Int($0) }), length >= 0 {
      answer = PageRequest.Answer(status: status, body: Data(rest.prefix(length)))
      (isComplete, isCompleteAtEnd) = (rest.count >= length, rest.count >= length)
    } else {
      answer = PageRequest.Answer(status: status, body: Data(rest))
      (isComplete, isCompleteAtEnd) = (false, true)
    }
  }

  /// Returns the position of the empty line after the header.
  private static func end(ofHeaderIn bytes: [UInt8]) -> Int? {
    let mark = Array("\r\n\r\n".utf8)
    return bytes.indices.dropLast(3).first { bytes[$0..<$0 + 4].elementsEqual(mark) }
  }

  /// Joins chunks (RFC 9112, section 7.1).
  private static func joined(_ bytes: ArraySlice<UInt8>) -> (body: Data, isWhole: Bool) {
    var body = Data()
    var rest = bytes
    while let line = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let text = String(decoding: rest[..<line], as: UTF8.self).prefix { $0.isHexDigit }
      guard let size = Int(text, radix: 16), size >= 0 else { return (body, false) }
      if size == 0 { return (body, true) }
      let data = rest[(line + 1)...].prefix(size)
      body.append(contentsOf: data)
      guard data.count == size, rest.endIndex - data.endIndex >= 2 else { return (body, false) }
      rest = rest[(data.endIndex + 2)...]
    }
    return (body, false)
  }
}
