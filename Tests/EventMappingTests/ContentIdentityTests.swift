import SpecVectors
import Testing

@testable import EventMapping

@Suite("ContentIdentity")
struct ContentIdentityTests {
  /// Outputs of the reference implementation for the key 00…0f and the messages 00 01 02 … of each length
  /// (https://github.com/veorq/SipHash, vectors.h, `vectors_sip128`).
  @Test(
    "computes the published vectors of SipHash-2-4 with 128 bits",
    arguments: [
      (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
      (2, "8177228da4a45dc7fca38bdef60affe4"), (3, "9c70b60c5267a94e5f33b6b02985ed51"),
      (4, "f88164c12d9c8faf7d0f6e7c7bcd5579"), (5, "1368875980776f8854527a07690e9627"),
      (6, "14eeca338b208613485ea0308fd7a15e"), (7, "a1f1ebbed8dbc153c0b84aa61ff08239"),
      (8, "3b62a9ba6258f5610f83e264f31497b4"), (9, "264499060ad9baabc47f8b02bb6d71ed"),
      (15, "5493e99933b0a8117e08ec0f97cfc3d9"), (16, "6ee2a4ca67b054bbfd3315bf85230577"),
      (31, "2939b0183223fafc1723de4f52c43d35"), (32, "7c3956ca5eeafc3e363e9d556546eb68"),
      (63, "5150d1772f50834a503e069a973fbd7c"),
    ])
  func computesPublishedVectors(_ count: Int, _ digits: String) {
    let message = (0..<count).map { UInt8($0) }
    var whole = Self.reference
    whole.add(message.span.bytes)
    #expect(Self.digits(whole) == digits)
    for split in 0...count {
      var parts = Self.reference
      parts.add(message.span.bytes.extracting(0..<split))
      parts.add(message.span.bytes.extracting(split..<count))
      #expect(Self.digits(parts) == digits, "split at \(split)")
    }
  }

  @Test("adds a word like its eight bytes, after any number of bytes", arguments: 0...9)
  func addsWords(_ before: Int) {
    let start = [UInt8](repeating: 7, count: before)
    let word: UInt64 = 0x0123_4567_89AB_CDEF
    var byWord = Self.reference
    byWord.add(start.span.bytes)
    byWord.add(word)
    byWord.add(start.span.bytes)
    var byBytes = Self.reference
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
    byBytes.add((start + bytes + start).span.bytes)
    #expect(Self.digits(byWord) == Self.digits(byBytes))
  }

  struct Vector: Decodable, CustomTestStringConvertible {
    let name: String
    let topic: String
    let time: Int64?
    let source: String
    let payload: String?
    let before: UInt64
    let eventID: String

    private enum CodingKeys: String, CodingKey {
      case name, topic, time, source, payload, before
      case eventID = "event_id"
    }

    var testDescription: String { name }
  }

  @Test("computes the vectors of the specification", arguments: VectorFile<Vector>.read("content-identity"))
  func computesVectors(_ vector: Vector) {
    let (topic, source) = (Array(vector.topic.utf8), Array(vector.source.utf8))
    let content: ContentIdentity
    if let payload = vector.payload {
      let bytes = Array(payload.utf8)
      content = ContentIdentity(
        topic: topic.span.bytes, timestamp: vector.time, source: source.span.bytes, payload: bytes.span.bytes)
    } else {
      content = ContentIdentity(
        topic: topic.span.bytes, timestamp: vector.time, source: source.span.bytes, payload: nil)
    }
    #expect(content.repeated(vector.before).text == vector.eventID)
  }

  @Test("gives equal events of a request different identities, in their order, and the same in a repetition")
  func countsOccurrences() {
    let events = ["a", "b", "a", "a", "b"]
    let first = Self.identities(events)
    #expect(Set(first).count == events.count)
    #expect(Self.identities(events) == first)
    #expect(Self.identities(["a", "a", "a"]) == [first[0], first[2], first[3]])
  }

  private static func identities(_ payloads: [String]) -> [String] {
    var occurrences = ContentOccurrences()
    return payloads.map { payload in
      let (name, bytes) = (Array("t".utf8), Array(payload.utf8))
      let content = ContentIdentity(
        topic: name.span.bytes, timestamp: nil, source: name.span.bytes, payload: bytes.span.bytes)
      return occurrences.identity(of: content).text
    }
  }

  private static let reference = SipHash128(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

  private static func digits(_ hash: SipHash128) -> String {
    let (first, second) = hash.finish()
    var text = ""
    for word in [first, second] {
      for shift in stride(from: 0, to: 64, by: 8) {
        let byte = UInt8(truncatingIfNeeded: word >> UInt64(shift))
        text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
    }
    return text
  }
}
