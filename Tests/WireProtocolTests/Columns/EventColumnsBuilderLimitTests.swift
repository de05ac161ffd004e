import Testing
import WireProtocol

@Suite struct EventColumnsBuilderLimitTests {
  @Test func takesAsManyEventsAsAllowedAndNoMore() throws {
    var limits = BatchLimits.standard
    limits.events = 3
    var builder = EventColumnsBuilder(limits: limits)
    for _ in 0..<3 { #expect(try builder.append(SampleEvent())) }
    let full = builder
    #expect(try !builder.append(SampleEvent()))
    #expect(builder.count == 3 && builder.rawByteCount == full.rawByteCount)
    #expect(try EventColumns(builder.finish(), limits: limits).count == 3)
  }

  @Test func takesAsManyBytesAsAllowedAndNoMore() throws {
    let events = [SampleEvent(payload: [1]), SampleEvent(id: [2, 2], payload: [1, 2, 3])]
    var limits = BatchLimits.standard
    limits.rawBytes = try EventColumnsBuilder.columns(of: events).count
    #expect(try EventColumnsBuilder.columns(of: events, limits: limits).count == limits.rawBytes)

    limits.rawBytes -= 1
    var builder = EventColumnsBuilder(limits: limits)
    #expect(try builder.append(events[0]))
    let before = builder.rawByteCount
    #expect(try !builder.append(events[1]))
    #expect(builder.rawByteCount == before)
    let columns = try EventColumns(builder.finish(), limits: limits)
    #expect(try SampleEvent.all(of: columns) == [events[0]])
  }

  @Test func countsTheBytesOfWiderTimes() throws {
    let near = [SampleEvent(time: 0), SampleEvent(time: 1)]
    var limits = BatchLimits.standard
    limits.rawBytes = try EventColumnsBuilder.columns(of: near).count
    var builder = EventColumnsBuilder(limits: limits)
    #expect(try builder.append(near[0]))
    #expect(try !builder.append(SampleEvent(time: .max)))
    #expect(try builder.append(near[1]))
  }

  typealias Name = WritableKeyPath<SampleEvent, [UInt8]> & Sendable

  @Test(arguments: [\.topic, \.source] as [any Name])
  func takesAsManyNamesAsAllowedAndNoMore(name: any Name) throws {
    var limits = BatchLimits.standard
    limits.dictionary = 2
    var builder = EventColumnsBuilder(limits: limits)
    var events = (0..<3).map { _ in SampleEvent() }
    for index in events.indices { events[index][keyPath: name] = [UInt8(index)] }
    #expect(try builder.append(events[0]))
    #expect(try builder.append(events[1]))
    #expect(try !builder.append(events[2]))
    #expect(try builder.append(events[0]))
    let columns = try EventColumns(builder.finish(), limits: limits)
    #expect(try SampleEvent.all(of: columns) == [events[0], events[1], events[0]])
  }

  @Test(arguments: [\.topic, \.source, \.id] as [any Name])
  func refusesANameThatTheFormatCanNotSay(name: any Name) throws {
    var builder = EventColumnsBuilder()
    var event = SampleEvent()
    event[keyPath: name] = Array(repeating: 7, count: 65_535)
    #expect(try builder.append(event))
    event[keyPath: name].append(7)
    #expect(throws: EventRefusal.nameTooLong(bytes: 65_536)) { try builder.append(event) }
    #expect(builder.count == 1)
  }

  @Test func refusesAnEventThatFitsNoBatch() throws {
    let event = SampleEvent(payload: Array(repeating: 0, count: 1000))
    var limits = BatchLimits.standard
    limits.rawBytes = try EventColumnsBuilder.columns(of: [event]).count - 1
    var builder = EventColumnsBuilder(limits: limits)
    #expect(try builder.append(SampleEvent()))
    #expect(throws: EventRefusal.eventTooLarge(bytes: limits.rawBytes + 1, limit: limits.rawBytes)) {
      try builder.append(event)
    }
    #expect(builder.count == 1)
  }

  @Test func allowsOneEventWhateverTheLimitsSay() throws {
    var builder = EventColumnsBuilder(
      limits: BatchLimits(bodyBytes: 1 << 20, rawBytes: 1 << 20, events: 0, dictionary: 0))
    #expect(try builder.append(SampleEvent()))
    #expect(try !builder.append(SampleEvent()))
  }

  @Test func holdsEveryNameThatAnIndexCanReach() throws {
    let limits = BatchLimits(bodyBytes: 1 << 24, rawBytes: 1 << 24, events: 70_000, dictionary: 70_000)
    var builder = EventColumnsBuilder(limits: limits)
    for number in 0..<65_536 {
      #expect(try builder.append(SampleEvent(topic: Array("\(number)".utf8), id: [])))
    }
    #expect(try !builder.append(SampleEvent(topic: [1], id: [])))
    let columns = try EventColumns(builder.finish(), limits: limits)
    let topics = columns.topicRanges().map { Array(columns.bytes[$0]) }
    #expect(topics == (0..<65_536).map { Array("\($0)".utf8) })
  }
}
