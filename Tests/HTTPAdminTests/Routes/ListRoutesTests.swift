import Foundation
import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("GET /topics, /dead, /producers")
struct ListRoutesTests {
  private let server = TestServer(
    queries: MemoryQueries { state in
      state.topics = TopicList(
        topics: ["a", "b", "ä"].map { TopicList.Topic(name: $0, events: 3, latest: 1_767_323_045_000_001) },
        count: 5, asOf: 1_767_323_046_000_000)
      state.deadEvents = (0..<3).map { number in
        var event = StoredDeadEvent(
          place: DeadEventPlace(batchID: 65_536, position: 2 - number), reason: "topic_text",
          producer: ProducerID(high: 1, low: 2), sequence: 7, keptAt: 1_767_323_045_000_000,
          bytes: [0xFF, 0x00, 0x41], byteCount: 900)
        event.timestamp = number == 0 ? nil : -1
        event.source = "billing"
        return event
      }
      state.producers = (1...3).map { number in
        StoredProducer(
          producer: ProducerID(high: 0, low: number), name: "p", owner: "", session: 4, floor: 10,
          seenAt: 1_767_323_045_000_000, batches: 12,
          counts: AuditReport.Counts(received: 9, unique: 6, duplicate: 2, dead: 1))
      }
    })

  @Test func topicsShowCountsTimesAndTheirAge() async throws {
    #expect(
      try await server.answer("/topics?limit=1000").text == """
        {"topics":[{"topic":"a","events":3,"last_timestamp":"2026-01-02T03:04:05.000001Z"},\
        {"topic":"b","events":3,"last_timestamp":"2026-01-02T03:04:05.000001Z"},\
        {"topic":"ä","events":3,"last_timestamp":"2026-01-02T03:04:05.000001Z"}],"count":3,"limit":1000,\
        "topics_count":5,"events_count":9,"as_of":"2026-01-02T03:04:06.000000Z","next_cursor":null}

        """)
  }

  @Test(arguments: [
    ("", ["B", "a.x", "a.y", "b", "ä"]), ("order=name", ["B", "a.x", "a.y", "b", "ä"]),
    ("order=events", ["a.y", "a.x", "b", "ä", "B"]), ("order=last", ["b", "B", "a.y", "a.x", "ä"]),
    ("prefix=a.", ["a.x", "a.y"]), ("prefix=a.&order=events", ["a.y", "a.x"]), ("prefix=zz", []),
  ])
  func topicsAreOrderedByTheServerOverAllPages(_ query: String, _ names: [String]) async throws {
    struct Page: Decodable {
      struct Topic: Decodable {
        let topic: String
      }
      let topics: [Topic]
      let total: Int
      let events: Int
      let next: String?

      enum CodingKeys: String, CodingKey {
        case topics
        case total = "topics_count"
        case events = "events_count"
        case next = "next_cursor"
      }
    }
    let figures: [(String, Int64, Int64)] = [
      ("B", 1, 40), ("a.x", 5, 10), ("a.y", 7, 20), ("b", 5, 50), ("ä", 2, -9),
    ]
    let server = TestServer(
      queries: MemoryQueries { state in
        state.topics = TopicList(
          topics: figures.map { TopicList.Topic(name: $0.0, events: $0.1, latest: $0.2) }, count: 5, asOf: 0)
      })
    var found: [String] = []
    var cursor: String?
    repeat {
      let page = try await server.answer("/topics?limit=2&\(query)\(cursor.map { "&cursor=\($0)" } ?? "")")
        .decoded(as: Page.self)
      found += page.topics.map(\.topic)
      #expect(page.total == names.count)
      #expect(page.events == Int(figures.filter { names.contains($0.0) }.reduce(0) { $0 + $1.1 }))
      cursor = page.next
    } while cursor != nil && found.count < 20
    #expect(found == names)
  }

  @Test func deadEventsShowTheirBytesInBase64() async throws {
    #expect(
      try await server.answer("/dead?limit=1").text.hasPrefix(
        """
        {"dead_events":[{"dead_id":"65536-2","reason":"topic_text","detail":null,"producer":"00000000-0000-0001-0000-000000000002",\
        "sequence":7,"position":2,"at":"2026-01-02T03:04:05.000000Z","topic":null,"event_id":null,\
        "source":"billing","timestamp":null,"bytes":"/wBB","byte_count":900,"republished_at":null}],\
        "count":1,"limit":1,\
        "next_cursor":"
        """))
  }

  /// Returns the query of a request without parameters after `change`.
  private static func query(_ change: (inout DeadEventQuery) -> Void) -> DeadEventQuery {
    var query = DeadEventQuery(limit: 100)
    query.republished = false
    change(&query)
    return query
  }

  static let deadEventQueries: [(parameters: String, query: DeadEventQuery)] = [
    ("", query { _ in }), ("topic=a.*", query { $0.topics = .prefix("a.") }),
    ("topic=a", query { $0.topics = .one("a") }), ("source=s", query { $0.source = "s" }),
    ("reason=topic_text", query { $0.reason = "topic_text" }),
    (
      "producer=00000000-0000-0001-0000-000000000002",
      query { $0.producer = ProducerID(high: 1, low: 2) }
    ),
    ("since=2026-01-02T03:04:05Z", query { $0.since = 1_767_323_045_000_000 }),
    ("until=2026-01-02T03:04:05Z", query { $0.until = 1_767_323_045_000_000 }),
    ("republished=true", query { $0.republished = true }),
    ("republished=any", query { $0.republished = nil }),
    ("order=asc", query { $0.order = .oldestFirst }), ("limit=7", query { $0.limit = 7 }),
  ]

  @Test(arguments: deadEventQueries)
  func deadEventsAreSelectedByTheirParameters(_ parameters: String, _ query: DeadEventQuery) async throws {
    _ = try await server.answer("/dead?\(parameters)")
    #expect(server.queries.askedDead == [query])
  }

  @Test func aCursorOfDeadEventsKeepsTheTimesOfTheFirstPage() async throws {
    let first = try await server.answer("/dead?limit=1&since=-36500d&republished=any")
    let cursor = try #require(first.text.firstMatch(of: /"next_cursor":"([^"]+)"/)?.1)
    _ = try await server.answer("/dead?since=-36500d&republished=any&cursor=\(cursor)")
    let asked = server.queries.askedDead
    #expect(asked.count == 2 && asked[0].since != nil && asked[1].since == asked[0].since)
    #expect(asked[1].after == DeadEventPlace(batchID: 65_536, position: 2))
    let other = try await server.answer("/dead?since=-36499d&republished=any&cursor=\(cursor)")
    #expect(other.status == .unprocessableContent)
  }

  @Test(arguments: [
    "reason=x", "producer=x", "republished=maybe", "order=up", "since=x", "topics=a", "reasons=x",
  ])
  func badParametersOfDeadEventsAreRefusedByName(_ query: String) async throws {
    let answer = try await server.answer("/dead?\(query)")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [String(query.prefix { $0 != "=" })])
  }

  @Test func producersShowFiguresOfTheDatabaseAndThisServer() async throws {
    let text = try await server.answer("/producers").text
    #expect(
      text.hasPrefix(
        """
        {"producers":[{"producer":"00000000-0000-0000-0000-000000000001","name":"p","owner":"","session":4,\
        "seen_at":"2026-01-02T03:04:05.000000Z","floor":10,"batches":12,"received":9,"unique":6,"duplicate":2,\
        "dead":1,"connections":0,"unsettled":{"batches":0,"bytes":0},"quota":null},
        """))
    var busy = server
    busy.producers = { asked in
      #expect(asked.count == 3)
      let activity = ProducerActivity(connections: 1, unsettled: QueueDepth(batches: 3, bytes: 4))
      return [ProducerID(high: 0, low: 2): activity]
    }
    let shown = try await busy.answer("/producers").text
    #expect(shown.components(separatedBy: #""connections":1,"unsettled":{"batches":3,"bytes":4}"#).count == 2)
  }

  @Test(arguments: [("1", 1), ("true", 1), ("0", 2), ("false", 2)])
  func producersAreSelectedByTheirConnections(_ value: String, _ count: Int) async throws {
    var server = server
    server.connected = { [ProducerID(high: 0, low: 2), ProducerID(high: 9, low: 9)] }
    let text = try await server.answer("/producers?order=seen&connected=\(value)").text
    #expect(text.contains("\"count\":\(count),\"limit\":100,\"producers_count\":\(count),"))
    #expect(try await server.answer("/producers?connected=yes").status == .unprocessableContent)
    #expect(try await server.answer("/producers?orders=seen").status == .unprocessableContent)
  }

  @Test(arguments: [
    ("", ProducerQuery.Names.all, nil), ("name=shop", .one("shop"), nil), ("name=sh*", .prefix("sh"), nil),
    ("name=*", .all, nil), ("name=%C3%BC*&q=Shop", .prefix("ü"), "Shop"), ("q=0000", .all, "0000"),
  ])
  func producersAreSelectedByTheirNames(
    _ parameters: String, _ names: ProducerQuery.Names, _ text: String?
  ) async throws {
    #expect(try await server.answer("/producers?\(parameters)").status == .ok)
    #expect(server.queries.askedProducers.map(\.names) == [names])
    #expect(server.queries.askedProducers.map(\.text) == [text])
  }

  @Test(arguments: ["name=", "q=", "names=a"])
  func badNamesOfProducersAreRefused(_ query: String) async throws {
    let answer = try await server.answer("/producers?\(query)")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [String(query.prefix { $0 != "=" })])
  }

  @Test func aCursorOfProducersBelongsToTheirNames() async throws {
    let first = try await server.answer("/producers?limit=1&name=p*&q=p")
    let cursor = try #require(first.text.firstMatch(of: /"next_cursor":"([^"]+)"/)?.1)
    #expect(try await server.answer("/producers?limit=1&name=p*&q=p&cursor=\(cursor)").status == .ok)
    for other in ["name=p*", "name=p&q=p", "q=p"] {
      let answer = try await server.answer("/producers?limit=1&\(other)&cursor=\(cursor)")
      #expect(answer.status == .unprocessableContent)
    }
  }

  @Test func producersShowTheQuotaOfTheirOwnerAndWhyCreditIsHeldBack() async throws {
    var quiet = Principal(name: "quiet", roles: [.publish])
    quiet.quota = PublishQuota(bytes: 1_000, connections: 2)
    var loud = quiet
    loud.name = "loud"
    loud.quota = PublishQuota(events: 10, bytes: 1_000)
    let keyring = try Keyring([quiet, loud, Principal(name: "free", roles: [.admin])])
    var server = TestServer(
      queries: MemoryQueries { state in
        state.producers = ["quiet", "loud", "free", "gone"].enumerated().map { number, owner in
          StoredProducer(
            producer: ProducerID(high: 0, low: UInt64(number)), name: "p", owner: owner, session: 1, floor: 0,
            seenAt: 0, batches: 0, counts: AuditReport.Counts(received: 0, unique: 0, duplicate: 0, dead: 0))
        }
      })
    server.settings.isEncrypted = true
    server.access = AccessServices(directory: keyring.directory, log: keyring.access.log) { asked in
      #expect(asked == ["quiet", "loud"])
      return ["loud": QuotaUse(exceeded: [.events, .bytes], delay: .milliseconds(1_500), connections: 3)]
    }
    let text = try await server.answer("/producers", headers: keyring.fields(of: "free")).text
    #expect(
      text.split(separator: "\"quota\":").dropFirst().map { String($0.prefix { $0 != "}" }) } == [
        """
        {"events":null,"bytes":1000,"connections":2,"used_connections":0,"held_back":false,"reason":null,\
        "resumes_in_seconds":null
        """,
        """
        {"events":10,"bytes":1000,"connections":null,"used_connections":3,"held_back":true,\
        "reason":"more than 10 events and 1000 bytes in a second came, beyond the burst of two seconds",\
        "resumes_in_seconds":1.5
        """,
        "null", "null",
      ])
  }

  @Test(arguments: [("/topics", "topic\":"), ("/dead", "reason\":"), ("/producers", "producer\":")])
  func pagesShowEachEntryOnce(_ path: String, _ mark: String) async throws {
    struct Page: Decodable {
      let count: Int
      let next: String?

      enum CodingKeys: String, CodingKey {
        case count
        case next = "next_cursor"
      }
    }
    var (uri, counts) = ("\(path)?limit=2", [Int]())
    while counts.count < 5 {
      let answer = try await server.answer(uri)
      let page = try answer.decoded(as: Page.self)
      #expect(answer.text.components(separatedBy: mark).count - 1 == page.count)
      counts.append(page.count)
      guard let cursor = page.next else { break }
      uri = "\(path)?limit=2&cursor=\(cursor)"
    }
    #expect(counts == [2, 1])
  }

  @Test(arguments: ["/topics", "/dead", "/producers"])
  func badLimitsAndCursorsAreRefusedByName(_ path: String) async throws {
    let cursors = try await ["/topics", "/dead", "/producers"].filter { $0 != path }.asyncMap { other in
      try #require(
        try await server.answer("\(other)?limit=1").text.firstMatch(of: /"next_cursor":"([^"]+)"/)?.1)
    }
    let bad = ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=%00"]
    for query in bad + cursors.map({ "cursor=\($0)" }) {
      let answer = try await server.answer("\(path)?\(query)")
      #expect((400..<500).contains(answer.status.code), "\(query)")
      #expect(try answer.problem().errors?.map(\.parameter) == [String(query.prefix { $0 != "=" })])
    }
  }
}

extension Sequence {
  fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
