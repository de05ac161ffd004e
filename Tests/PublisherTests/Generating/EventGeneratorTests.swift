import ClientLib
import Foundation
import Testing

@testable import Publisher

@Suite struct EventGeneratorTests {
  @Test func spacesEventsByTheStep() throws {
    let recipe = EventGenerator.Recipe(
      seed: 1, start: Timestamp(microseconds: 1_000_000), step: 250.5, topics: 1, payloadBytes: 0)
    let plan = DuplicatePlan(share: 0, reachesAnywhere: false, seed: 1)
    let generator = EventGenerator(recipe, plan: plan)
    #expect(
      [0, 1, 2, 1_000].map { generator.time(of: $0).microseconds } == [
        1_000_000, 1_000_250, 1_000_501, 1_250_500,
      ])
  }

  @Test func makesTheSameEventsForTheSameSeed() throws {
    var (one, same, other) = (
      EventGenerator.sample(), EventGenerator.sample(), EventGenerator.sample(seed: 6)
    )
    let columns = try one.columns(0..<500)
    #expect(try same.columns(0..<500) == columns)
    #expect(try other.columns(0..<500) != columns)
  }

  @Test func makesTheSameEventFromAnyStart() throws {
    var begun = EventGenerator.sample()
    for place in 0..<UInt64(200) { _ = try begun.event(at: place) }
    var fresh = EventGenerator.sample()
    for place in [UInt64(3), 199, 0, 1_000_000, 42] {
      #expect(try begun.event(at: place) == fresh.event(at: place))
    }
  }

  @Test func repeatsADuplicateByteForByte() throws {
    var generator = EventGenerator.sample(duplicates: 0.5)
    var events: [UInt64: Event] = [:]
    for place in 0..<UInt64(500) {
      let number = generator.plan.original(at: place)
      let event = try generator.event(at: place)
      if let first = events[number] { #expect(event == first) }
      events[number] = event
    }
    #expect(Set(events.values.map { $0.topic + " " + $0.id }).count == events.count)
  }

  @Test(arguments: [false, true]) func continuesAfterTheEventsOfAnEarlierRun(anywhere: Bool) throws {
    var whole = EventGenerator.sample(anywhere: anywhere)
    var rest = EventGenerator.sample(anywhere: anywhere, skipped: 700)
    for place in UInt64(0)..<300 {
      #expect(try rest.event(at: place) == whole.event(at: 700 + place))
    }
    #expect(rest.originals(among: 300) == whole.originals(among: 1_000) - whole.originals(among: 700))
    #expect(rest.originals(among: 0) == 0)
  }

  @Test func makesIDsThatRiseWithTimeAndTopicsInThreeParts() throws {
    var generator = EventGenerator.sample(duplicates: 0)
    var last = ""
    for place in stride(from: UInt64(0), to: 20_000_000, by: 999_999) {
      let event = try generator.event(at: place)
      #expect(event.id.wholeMatch(of: /\d{13}-[0-9a-f]{8}-\d+/) != nil, "\(event.id)")
      #expect(event.id.hasSuffix("-\(place)"))
      #expect(event.id > last)
      #expect(event.topic.wholeMatch(of: /[a-z]+\.[a-z0-9]+\.[a-z]+/) != nil, "\(event.topic)")
      #expect(event.id.hasPrefix("\(event.timestamp.microseconds / 1_000)-"))
      last = event.id
    }
  }

  @Test(arguments: [100, 101, 120, 4_096, 262_144]) func makesJSONObjectsOfTheGivenLength(_ length: Int)
    throws
  {
    var generator = EventGenerator.sample(payloadBytes: length)
    for place in 0..<UInt64(50) {
      let payload = try #require(try generator.event(at: place).payload)
      #expect(payload.count == length)
      let object = try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any]
      #expect(object?["currency"] as? String == "EUR")
    }
  }

  @Test func makesNoPayloadForALengthOfZero() throws {
    var generator = EventGenerator.sample(payloadBytes: 0)
    #expect(try generator.event(at: 0).payload == nil)
  }

  @Test(arguments: [1, 40, 320, 321, 100_000]) func makesTheGivenNumberOfTopics(_ count: Int) {
    let table = NameTable.topics(count)
    var names: Set<[UInt8]> = []
    for number in 0..<UInt64(count) {
      let random = (number << 32 | 1 << 31) / UInt64(count) &* (1 << 32)
      names.insert(Array(table.bytes[table.range(choosing: random)]))
    }
    #expect(names.count == count)
    #expect(names.allSatisfy { $0.count <= 255 && $0.filter { $0 == UInt8(ascii: ".") }.count == 2 })
  }
}
