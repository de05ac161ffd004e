import Foundation
import TestSupport
import Testing

/// Tests that read published events back over HTTP.
struct ReadingTests {
  private struct Page: Decodable {
    let events: [ListedEvent]
    let nextCursor: String?
  }

  private struct Topics: Decodable {
    struct Topic: Decodable {
      let topic: String
      let events: Int
    }
    let topics: [Topic]
  }

  private struct Counts: Decodable {
    let events: Int
    let nextCursor: String?
  }

  private struct Producers: Decodable {
    struct Producer: Decodable {
      let received: Int
      let unique: Int
      let duplicate: Int
    }
    let producers: [Producer]
  }

  @Test(arguments: ["spans", "btree", "none"])
  func everyEventIsShownOnceWhateverTheIndex(_ index: String) async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo, arguments: ["--store-index", index]) { daemon in
        let run = try await publish(
          to: daemon.tcpPort, ["--events", "3000", "--duplicates", "0.3", "--topics", "40", "--batch", "100"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let unique = try #require(run.result?.unique)
        let all = try await walk(daemon, "/events?limit=700")
        #expect(all.count == unique && Set(all).count == unique)
        let topics = try await daemon.get("/topics?limit=1000").decode(Topics.self).topics
        #expect(topics.reduce(0) { $0 + $1.events } == unique)
        for topic in topics.prefix(3) {
          let found = try await walk(daemon, "/events?limit=7&order=asc&topic=\(topic.topic)")
          #expect(found.count == topic.events)
        }
        try await expectOneEvent(daemon, all[0])
        try await expectExports(daemon, of: all)
        try await expectSums(daemon, sent: 3_000, unique: unique)
      }
    }
  }

  /// Returns the keys of all events, page by page.
  private func walk(_ daemon: Daemon, _ path: String) async throws -> [[String]] {
    var keys: [[String]] = []
    var next: String? = path
    while let uri = next {
      let page = try await daemon.get(uri).decode(Page.self)
      keys += page.events.map { [$0.topic, $0.eventId] }
      next = page.nextCursor.map { "\(path)&cursor=\($0)" }
    }
    return keys
  }

  private func expectOneEvent(_ daemon: Daemon, _ key: [String]) async throws {
    let event = try await daemon.get("/events/\(key[0])/\(key[1])")
    #expect(event.status == 200)
    #expect(try event.decode(ListedEvent.self).eventId == key[1])
    #expect(try await daemon.get("/events/\(key[0])/nothing").status == 404)
  }

  private func expectExports(_ daemon: Daemon, of keys: [[String]]) async throws {
    let lines = try await daemon.get("/events?format=ndjson").text.split(separator: "\n")
    #expect(lines.count == keys.count)
    let found = try await daemon.get("/events?event_id=\(keys[0][1])&q=%22&by=processed_at&since=-1h").text
    #expect(found.contains(keys[0][1]))
    var (counted, next) = (0, "/counts?by=processed_at,topic&interval=1h&since=-2h" as String?)
    while let path = next {
      let counts = try await daemon.get(path).decode(Counts.self)
      counted += counts.events
      next = counts.nextCursor.map { "/counts?by=processed_at,topic&interval=1h&since=-2h&cursor=\($0)" }
    }
    #expect(counted == keys.count)
    #expect(try await daemon.get("/events?limt=5").status == 422)
  }

  private func expectSums(_ daemon: Daemon, sent: Int, unique: Int) async throws {
    let producers = try await daemon.get("/producers").decode(Producers.self).producers
    #expect(producers.reduce(0) { $0 + $1.received } == sent)
    #expect(producers.reduce(0) { $0 + $1.unique } == unique)
    #expect(producers.reduce(0) { $0 + $1.duplicate } == sent - unique)
    #expect(try await daemon.get("/audit").status == 200)
    #expect(try await daemon.get("/dead").text.contains("\"dead_events\":[]"))
  }
}
