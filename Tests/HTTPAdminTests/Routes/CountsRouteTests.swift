import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("GET /counts")
struct CountsRouteTests {
  private static let begin: Int64 = 1_767_323_040_000_000
  private static let minute: Int64 = 60_000_000
  private static let window = "since=2026-01-02T03:04:00Z&until=2026-01-02T03:07:00Z"

  private func server(_ counts: EventCounts...) -> TestServer {
    TestServer(queries: MemoryQueries { $0.counts = counts })
  }

  @Test func showsEveryIntervalAlsoThoseWithoutEvents() async throws {
    var counts = EventCounts()
    counts.add(5, at: Self.begin, named: nil)
    counts.add(2, at: Self.begin + 2 * Self.minute, named: nil)
    let server = server(counts)
    let answer = try await server.answer("/counts?\(Self.window)&topic=a*")
    #expect(
      answer.text == """
        {"interval_seconds":60,"since":"2026-01-02T03:04:00.000000Z","until":"2026-01-02T03:07:00.000000Z",\
        "by":"event_time","group":null,"events":7,"complete":true,"searched_until":null,"counts":[\
        {"start":"2026-01-02T03:04:00.000000Z","events":5,"complete":true},\
        {"start":"2026-01-02T03:05:00.000000Z","events":0,"complete":true},\
        {"start":"2026-01-02T03:06:00.000000Z","events":2,"complete":true}],"next_cursor":null}

        """)
    let query = CountQuery(
      EventFilter(topics: .prefix("a")), times: Self.begin..<Self.begin + 3 * Self.minute,
      interval: Self.minute)
    #expect(server.queries.counted == [query])
  }

  @Test func dividesIntervalsByTheNamesWithTheMostEvents() async throws {
    var counts = EventCounts()
    for (name, number) in [("a", 1), ("b", 7), ("c", 3)] as [(String, Int64)] {
      counts.add(number, at: Self.begin, named: name)
    }
    let answer = try await server(counts).answer(
      "/counts?\(Self.window)&by=processed_at,topic&limit=2")
    #expect(answer.text.contains("\"by\":\"processed_at\",\"group\":\"topic\""))
    #expect(
      answer.text.contains(
        #""groups":[{"name":"b","events":7},{"name":"c","events":3}],"others":1"#))
  }

  /// The answer that stopped shows the intervals that it counted; the next one counts the rest of the times.
  @Test func goesOnWhereACountStopped() async throws {
    var first = EventCounts()
    first.add(3, at: Self.begin + Self.minute, named: nil)
    first.add(4, at: Self.begin + 2 * Self.minute, named: nil)
    first.searchedUntil = Self.begin + Self.minute + 1
    first.width = 7_000_000
    let server = server(first, EventCounts())
    struct Page: Decodable {
      let complete: Bool
      let next: String?
      let counts: [Interval]

      enum CodingKeys: String, CodingKey {
        case complete, counts
        case next = "next_cursor"
      }

      struct Interval: Decodable {
        let events: Int
        let complete: Bool
      }
    }
    let page = try await server.answer("/counts?\(Self.window)").decoded(as: Page.self)
    #expect(
      !page.complete && page.counts.map(\.complete) == [false, true] && page.counts.map(\.events) == [3, 4])
    let cursor = try #require(page.next)
    let rest = try await server.answer("/counts?\(Self.window)&cursor=\(cursor)").decoded(as: Page.self)
    #expect(rest.complete && rest.counts.count == 2)
    #expect(server.queries.counted.last?.times == Self.begin..<Self.begin + Self.minute + 1)
    let other = try await server.answer("/counts?\(Self.window)&topic=x&cursor=\(cursor)")
    #expect(other.status == .unprocessableContent)
  }

  /// As every list does: what the server does not know changes nothing, and a cursor goes on without it.
  @Test func parametersThatAreNotKnownAreNamedAndIgnored() async throws {
    var first = EventCounts()
    first.searchedUntil = Self.begin + Self.minute
    struct Page: Decodable {
      let ignored: [String]
      let next: String?

      enum CodingKeys: String, CodingKey {
        case ignored = "ignored_parameters"
        case next = "next_cursor"
      }
    }
    let server = server(first, EventCounts())
    let page = try await server.answer("/counts?\(Self.window)&xyzzy=1&xyzzy=2&plugh=%ff").decoded(
      as: Page.self)
    #expect(page.ignored == ["xyzzy", "plugh"])
    let cursor = try #require(page.next)
    #expect(try await server.answer("/counts?\(Self.window)&xyzzy=3&cursor=\(cursor)").status == .ok)
  }

  @Test(arguments: [
    ("interval=0s", "interval"), ("interval=1", "interval"), ("interval=32d", "interval"),
    ("interval=1s&since=-1d", "interval"), ("by=payload", "by"), ("by=topic,source", "by"), ("by=", "by"),
    ("limit=0", "limit"), ("cursor=x", "cursor"), ("intervals=1m", "intervals"),
  ])
  func namesABadParameter(_ query: String, _ name: String) async throws {
    let answer = try await server().answer("/counts?" + query)
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [name])
  }

  /// The digest of a cursor is no secret, so a cursor may have any numbers.
  @Test func aForgedCursorIsAnsweredOrRefused() async throws {
    let server = server()
    let numbers: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
    for lower in numbers {
      for upper in numbers where lower <= upper {
        for end in numbers {
          let fields = [end, lower, upper].map { PageCursor.bytes(of: $0) }
          let cursor = PageCursor(fields).text(for: "counts" + String(repeating: "\0", count: 8))
          let answer = try await server.answer("/counts?cursor=\(cursor)")
          #expect([200, 422].contains(answer.status.code), "\(end) of \(lower)..<\(upper): \(answer.text)")
        }
      }
    }
  }

  @Test func saysWhatToDoAboutTooManyGroups() async throws {
    var counts = EventCounts()
    counts.hasTooManyNumbers = true
    let answer = try await server(counts).answer("/counts?by=source")
    #expect(answer.status == .unprocessableContent)
    let faults = try #require(try answer.problem().errors)
    #expect(faults.map(\.parameter) == ["by"] && faults[0].detail.contains("Select fewer with a filter"))
  }

  @Test func countsTheLastSixtyIntervalsByDefault() async throws {
    let server = server()
    #expect(try await server.answer("/counts?interval=10s").status == .ok)
    let times = try #require(server.queries.counted.first?.times)
    #expect(times.upperBound - times.lowerBound == 600_000_000)
  }
}
