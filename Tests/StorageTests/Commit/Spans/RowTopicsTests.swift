import Ingest
import StoreInterface
import TestSupport
import Testing
import WireProtocol

@testable import Storage

@Suite struct RowTopicsTests {
  @Test(arguments: CommitStrategySetting.allCases, EventIndex.allCases)
  func writersTellTheStoredEventsOfEachTopic(_ strategy: CommitStrategySetting, _ index: EventIndex)
    async throws
  {
    try await StoreFixture.with(adjust: {
      $0.strategy = strategy
      $0.schema.eventIndex = index
    }) { store in
      let events = TestEvent.unique(30).enumerated().map { number, event in
        var event = event
        event.topic = number < 10 ? "a" : "ä"
        return event
      }
      let dead = [DeadEvent(position: 0, reason: .payloadSyntax)]
      let first = await store.commit(try IngestBatch(events, dead: dead))
      #expect(first == .committed(unique: 29, dead: 1))
      #expect(store.activity.topics.take().events == [Array("a".utf8): 9, Array("ä".utf8): 20])
      // Duplicates are not stored again.
      var more = events.suffix(12) + TestEvent.unique(3)
      more[more.endIndex - 1].topic = "b"
      let second = await store.commit(try IngestBatch(Array(more)))
      #expect(second == .committed(unique: 3, duplicate: 12))
      let counts = store.activity.topics.take()
      #expect(counts.events == [Array("orders.invoice.created".utf8): 2, Array("b".utf8): 1])
      #expect(counts.isComplete)
    }
  }

  @Test func aGroupOfManyTopicsTellsItsBusiest() async throws {
    try await StoreFixture.with { store in
      let events = TestEvent.unique(TopicCounts.capacity + 100).enumerated().map { number, event in
        var event = event
        event.topic = number < 50 ? "busy" : "\(number)"
        return event
      }
      _ = await store.commit(try IngestBatch(events))
      let counts = store.activity.topics.take()
      #expect(!counts.isComplete && counts.events.count == TopicCounts.capacity)
      #expect(counts.events[Array("busy".utf8)] == 50)
    }
  }
}
