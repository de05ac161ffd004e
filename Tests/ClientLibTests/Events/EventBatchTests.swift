import Foundation
import Testing
import WireProtocol

@testable import ClientLib

@Suite struct EventBatchTests {
  @Test func buildsTheSameColumnsFromStringsBytesAndEvents() throws {
    var strings = EventBatch()
    var bytes = EventBatch()
    var events = EventBatch()
    let time = Timestamp(microseconds: 17)
    let payload = Array(#"{"a":1}"#.utf8)
    let (topic, id, source) = (Array("t".utf8), Array("ä".utf8), Array("s".utf8))
    let taken = [
      try strings.append(topic: "t", eventID: "ä", timestamp: time, source: "s", payload: #"{"a":1}"#),
      try bytes.append(
        topic: topic.span.bytes, eventID: id.span.bytes, timestamp: time, source: source.span.bytes,
        payload: payload.span.bytes),
      try events.append(Event(topic: "t", id: "ä", timestamp: time, source: "s", payload: payload)),
    ]
    #expect(taken == [true, true, true])
    let columns = strings.columns()
    let others = [bytes.columns(), events.columns()]
    #expect(others == [columns, columns])
    let read = try EventColumns(columns, limits: .standard)
    #expect(read.layout.baseTime == 17)
  }

  @Test func isFullAtItsBoundAndKeepsItsEvents() throws {
    var batch = EventBatch(events: 2)
    let event = Event(topic: "t", id: "1", source: "s")
    let taken = [try batch.append(event), try batch.append(event), try batch.append(event)]
    #expect(taken == [true, true, false])
    let count = batch.count
    #expect(count == 2)
  }

  @Test func isFullAtItsNumberOfBytes() throws {
    var batch = EventBatch(bytes: 200)
    let event = Event(topic: "t", id: "1", source: "s", payload: String(repeating: " ", count: 60))
    let taken = [try batch.append(event), try batch.append(event), try batch.append(event)]
    #expect(taken == [true, true, false])
    let bytes = batch.byteCount
    #expect(bytes <= 200)
  }

  @Test func refusesAnEventThatFitsNoBatch() {
    #expect(throws: ProducerError(.eventTooLarge, "")) {
      var batch = EventBatch(bytes: 200)
      _ = try batch.append(
        Event(topic: "t", id: "1", source: "s", payload: String(repeating: " ", count: 200)))
    }
  }

  @Test func distinguishesAnAbsentPayloadFromAnEmptyOne() throws {
    var batch = EventBatch()
    _ = try batch.append(Event(topic: "t", id: "1", source: "s"))
    _ = try batch.append(Event(topic: "t", id: "2", source: "s", payload: ""))
    let read = try EventColumns(batch.columns(), limits: .standard)
    var cursor = read.makeCursor()
    #expect(cursor.next(in: read.bytes.span.bytes)?.payload == nil)
    #expect(cursor.next(in: read.bytes.span.bytes)?.payload?.isEmpty == true)
  }
}

@Suite struct TimestampTests {
  @Test func isTheSystemsTimeInMicroseconds() {
    let before = Date().timeIntervalSince1970
    let now = Double(Timestamp.now.microseconds) / 1_000_000
    let after = Date().timeIntervalSince1970
    #expect(now >= before - 0.001 && now <= after + 0.001)
  }

  @Test func comparesByTime() {
    #expect(Timestamp(microseconds: -1) < Timestamp(microseconds: 0))
    #expect(Timestamp(microseconds: 5) == Timestamp(microseconds: 5))
  }
}
