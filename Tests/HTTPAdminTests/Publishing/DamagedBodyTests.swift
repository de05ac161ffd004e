import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("PublishReader with damaged bodies")
struct DamagedBodyTests {
  @discardableResult
  private func read(_ bytes: [UInt8]) throws(Problem) -> PublishReader.Reading {
    try PublishReader.read(bytes.span.bytes, as: .json, batch: .standard, event: .standard)
  }

  @Test func survivesDeepNesting() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: Problem.self) { try read(Array(deep.utf8)) }
    #expect(throws: Problem.self) { try read(Array("{\"x\":\(deep)}".utf8)) }
  }

  /// Tests every prefix of a body, and every body with one replaced byte: no input may trap.
  @Test func survivesEveryTruncationAndDamage() {
    let one = PublishedEvent(id: "1", payload: "{ \"a\" : 1.50 }")
    let two = PublishedEvent(topic: "ü", id: "2", timestamp: -1)
    let body = Array("{\"events\":[\(one.json),\(two.json)]}".utf8)
    for length in 0..<body.count {
      let bytes = Array(body[..<length])
      #expect(throws: Problem.self) {
        try read(bytes)
      }
    }
    for place in body.indices {
      for byte in [0, 0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0xC3, 0xFF] as [UInt8] {
        var bytes = body
        bytes[place] = byte
        let reading = try? read(bytes)
        if let columns = reading?.columns {
          #expect(throws: Never.self) { try PublishedEvent.all(in: columns) }
        }
      }
    }
  }
}
