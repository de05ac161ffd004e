import EventMapping
import Ingest
import TextFormats

/// Mappings of JSON values to events. The first byte of an input chooses the mapping.
enum MappingFuzzer: Fuzzer {
  static let name = "mapping"
  static let longestInput = 512
  static let seeds = [
    #"{"i":1,"t":"2026-01-02T03:04:05Z","a":{"b":"x"},"p":{"q":[]}}"#,
    #"{"a.b":"x","t":1767323045.5,"i":null}"#,
    #"{"\u0069":"\ud83e\udd86\n","i":2,"t":"Jan  2 03:04:05"}"#, "[1,{}]", #""text""#, "{}",
    #"{"t":"[02/Jan/2026:03:04:05 +0100]","p":"x"}"#, #"{"t":"Friday, 02-Jan-26 03:04:05 GMT","i":-0.5e+3}"#,
  ].flatMap { seed in mappings.indices.map { [UInt8($0)] + Array(seed.utf8) } }

  private static let now = UTCTime(microseconds: 1_773_576_000_000_000)
  private static let check = JSONValidator(depth: 1_000, exponent: 10_000)

  private static let mappings: [EventMapping] = {
    let words: [[(name: String, value: String)]] = [
      [("topic", "t"), ("_id_field", "i"), ("_time_field", "t")],
      [("topic", "t"), ("_id_field", "a.b"), ("_time_field", "t"), ("drop", "1")],
      [
        ("_topic_field", "i"), ("_source_field", "i"), ("_payload_field", "p"), ("drop", "1"),
        ("_id_field", "p.q"),
      ],
    ]
    return words.map { words in
      do throws(MappingError) {
        return try EventMapping(words: words, source: "s")
      } catch {
        preconditionFailure("the words are a mapping: \(error)")
      }
    }
  }()

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let choice = input.first else { return }
    let mapping = mappings[Int(choice) % mappings.count]
    let value = Array(input.dropFirst())
    var reader = MappedEventReader(mapping, now: now)
    let outcome = read(value, with: &reader)
    for around in [0x22, 0x30, 0x5D] as [UInt8] {
      let other = read(value, with: &reader, around: [UInt8](repeating: around, count: 9))
      precondition(other == outcome, "the bytes around the value make a difference")
    }
    let fault = check.fault(in: 0..<value.count, of: value.span.bytes)
    guard fault == nil else { return }
    guard let outcome else { preconditionFailure("refuses what is JSON") }
    if let payload = outcome.payload {
      precondition(
        check.fault(in: 0..<payload.count, of: payload.span.bytes) == nil, "the payload is not JSON")
    }
  }

  /// The parts of an event that can be compared.
  private struct Outcome: Equatable {
    let names: [[UInt8]]
    let timestamp: Int64?
    let payload: [UInt8]?
    let fault: MappingFault?
  }

  /// Reads a value with `padding` on both sides; nil when it is not JSON.
  private static func read(
    _ value: [UInt8], with reader: inout MappedEventReader, around padding: [UInt8] = []
  ) -> Outcome? {
    let bytes = padding + value + padding
    do throws(JSONSyntaxError) {
      let fault = try reader.read(padding.count..<padding.count + value.count, in: bytes.span.bytes)
      let event = reader.event
      return Outcome(
        names: [event.topic, event.eventID, event.source], timestamp: event.timestamp,
        payload: event.payloadBytes(in: bytes.span.bytes), fault: fault)
    } catch {
      return nil
    }
  }
}
