import Testing
import WireProtocol

struct PrefaceTests {
  @Test(arguments: [
    (Preface.bytes, Preface.Reading.preface),
    (Preface.bytes + [1, 2, 3], .preface),
    ([], .needMore),
    (Array(Preface.bytes.prefix(7)), .needMore),
    (Array(Preface.bytes.prefix(7)) + [9], .otherVersion(9)),
    (Array("GET / HTTP/1.1\r\n".utf8), .unknownProtocol),
    ([0x16, 0x03, 0x01], .unknownProtocol),
    ([0x89, 0x50], .unknownProtocol),
    ([0x00], .unknownProtocol),
  ])
  func firstBytesTellWhoSpeaks(_ bytes: [UInt8], _ expected: Preface.Reading) {
    let reading = Preface.read(bytes.span.bytes)
    #expect(reading == expected)
  }

  @Test func anHTTPClientIsAnsweredWithAStatusLine() {
    let answer = String(
      decoding: Preface.answer(toUnknownProtocol: Array("GET /stats".utf8).span.bytes), as: UTF8.self)
    #expect(answer.hasPrefix("HTTP/1.1 400 This is the ingest port of Sluice"))
    #expect(answer.hasSuffix("\r\n\r\n"))
  }

  @Test func anyOtherClientIsAnsweredWithOneLine() {
    let answer = String(
      decoding: Preface.answer(toUnknownProtocol: [0x16, 3, 1, 2, 0].span.bytes), as: UTF8.self)
    #expect(answer.hasPrefix("This is the ingest port of Sluice"))
    #expect(answer.filter(\.isNewline).count == 1)
  }
}
