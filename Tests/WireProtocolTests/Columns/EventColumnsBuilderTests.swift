import Testing
import WireProtocol

@Suite struct EventColumnsBuilderTests {
  @Test(arguments: 0..<40 as Range<UInt64>)
  func randomBatchesAreReadBackAsTheyWereBuilt(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    let names = [1, 3, 500].randomElement(using: &generator) ?? 1
    let count = Int.random(in: 1...400, using: &generator)
    let events = (0..<count).map { _ in SampleEvent.random(using: &generator, names: names) }
    let columns = try EventColumns(EventColumnsBuilder.columns(of: events), limits: .standard)
    #expect(columns.count == count)
    #expect(try SampleEvent.all(of: columns) == events)
    #expect(columns.layout.topics == Set(events.map(\.topic)).count)
    #expect(columns.layout.sources == Set(events.map(\.source)).count)
  }

  @Test func stringsAreStoredAsUTF8() throws {
    var builder = EventColumnsBuilder()
    #expect(try builder.append(topic: "größe", source: "", id: "né-1", timestamp: -1, payload: []))
    #expect(try builder.append(topic: "größe", source: "s", id: "", timestamp: 7, payload: nil))
    let columns = try EventColumns(builder.finish(), limits: .standard)
    let topic = Array("größe".utf8)
    #expect(
      try SampleEvent.all(of: columns) == [
        SampleEvent(topic: topic, source: [], id: Array("né-1".utf8), time: -1, payload: []),
        SampleEvent(topic: topic, source: Array("s".utf8), id: [], time: 7, payload: nil),
      ])
  }

  @Test func saysItsSizeBeforeItFinishes() throws {
    var generator = SeededRandom(seed: 1)
    var events: [SampleEvent] = []
    var builder = EventColumnsBuilder()
    for _ in 0..<60 {
      events.append(.random(using: &generator, names: 5))
      #expect(try builder.append(events[events.count - 1]))
      #expect(builder.rawByteCount == (try EventColumnsBuilder.columns(of: events).count))
    }
  }

  @Test func isEmptyAndAsGoodAsNewAfterABatch() throws {
    var builder = EventColumnsBuilder()
    let first = [SampleEvent(topic: [1], time: .min), SampleEvent(topic: [2], time: .max, payload: [9])]
    for event in first { #expect(try builder.append(event)) }
    _ = builder.finish()
    #expect(builder.isEmpty && builder.count == 0)

    let second = [SampleEvent(topic: [2], id: [5]), SampleEvent(topic: [3], id: [6])]
    for event in second { #expect(try builder.append(event)) }
    #expect(builder.finish() == (try EventColumnsBuilder.columns(of: second)))
  }

  @Test func forgetsWhatIsRemoved() throws {
    var builder = EventColumnsBuilder()
    #expect(try builder.append(SampleEvent(topic: [1, 2, 3])))
    builder.removeAll()
    #expect(builder.isEmpty)
    #expect(try builder.append(SampleEvent(topic: [4])))
    #expect(builder.finish() == (try EventColumnsBuilder.columns(of: [SampleEvent(topic: [4])])))
  }

  @Test(arguments: [
    (times: [0, Int64(Int32.max)], width: 4, base: Int64(0)),
    (times: [0, Int64(Int32.max) + 1], width: 8, base: 0),
    (times: [-5, 3, -7], width: 4, base: -7),
    (times: [.min, .max], width: 8, base: 0),
    (times: [.max], width: 4, base: .max),
  ])
  func writesTimesInFourBytesWhereTheyFit(times: [Int64], width: Int, base: Int64) throws {
    let events = times.map { SampleEvent(time: $0) }
    let columns = try EventColumns(EventColumnsBuilder.columns(of: events), limits: .standard)
    #expect(columns.layout.timeWidth == width)
    #expect(columns.layout.baseTime == base)
    #expect(try SampleEvent.all(of: columns) == events)
  }
}
