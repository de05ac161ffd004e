#if Codable
  import Foundation
  import ModelServer
  import Testing

  @testable import ClientLib

  @Suite(.timeLimit(.minutes(2))) struct EventCodingTests {
    private struct Reading: Encodable, Sendable {
      var sensor = "a"
      var value = 1.5
      var at = Date(timeIntervalSince1970: 0)
    }

    private struct Stubborn: Encodable, Sendable {
      struct Refusal: Error {}

      func encode(to encoder: any Encoder) throws { throw Refusal() }
    }

    @Test func encodesAValueWithItsDatesAsText() throws {
      let event = try Event(topic: "t", id: "1", source: "s", encoding: Reading())
      let object = try JSONSerialization.jsonObject(with: Data(try #require(event.payload)))
      let fields = try #require(object as? [String: Any])
      #expect(fields["sensor"] as? String == "a")
      #expect(fields["value"] as? Double == 1.5)
      #expect(fields["at"] as? String == "1970-01-01T00:00:00Z")
    }

    @Test func usesTheEncoderOfTheCaller() throws {
      let encoder = JSONEncoder()
      encoder.dateEncodingStrategy = .secondsSince1970
      encoder.outputFormatting = .sortedKeys
      let event = try Event(topic: "t", id: "1", source: "s", encoding: Reading(), encoder: encoder)
      #expect(String(decoding: event.payload ?? [], as: UTF8.self) == #"{"at":0,"sensor":"a","value":1.5}"#)
    }

    @Test func namesTheEventThatCannotBeEncoded() {
      let error = #expect(throws: ProducerError.self) {
        try Event(topic: "orders", id: "42", source: "s", encoding: Stubborn())
      }
      #expect(error?.code == .payloadNotEncodable)
      #expect(error?.message.contains("event 42 of topic orders") == true)
    }

    static let dates: [(seconds: Double, microseconds: Int64)] = [
      (0, 0), (1.25, 1_250_000), (-0.5, -500_000), (1_700_000_000.123456, 1_700_000_000_123_456),
      (1e300, .max), (-1e300, .min), (.infinity, .max), (.nan, .min),
    ]

    @Test(arguments: dates) func takesTheTimeOfADate(_ date: (seconds: Double, microseconds: Int64)) {
      #expect(Timestamp(Date(timeIntervalSince1970: date.seconds)).microseconds == date.microseconds)
    }

    @Test func makesADateOfATime() {
      #expect(Date(Timestamp(microseconds: 1_500_000)) == Date(timeIntervalSince1970: 1.5))
    }

    @Test func publishesAValueWithARisingId() async throws {
      let server = try ModelServer()
      let producer = try await server.producer { $0.name = "sensors" }
      try await producer.publish(topic: "readings", payload: Reading()).committed()
      try await producer.publish(topic: "readings", payload: Reading()).committed()
      #expect(server.stored == (2, 2, 0))
      try await producer.close()
    }
  }
#endif
