import HTTPTypes
import HummingbirdTesting
import Ingest
import Principals
import StoreInterface
import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("GET /history")
struct HistoryRouteTests {
  private let start = ContinuousClock.now

  /// A server whose status says 2026-01-02T03:05:35Z, two seconds after a process with these samples started to take
  /// them.
  private func server(_ change: (inout HistorySample) -> Void = { _ in }) -> TestServer {
    let history = IngestHistory(start: start)
    var sample = HistorySample()
    sample.topics.add(3, of: Array("b".utf8))
    sample.counters.uniqueEvents = 3
    history.add(sample, at: start + .seconds(1))
    sample.topics = TopicCounts()
    sample.topics.add(1, of: Array("a.1".utf8))
    change(&sample)
    history.add(sample, at: start + .seconds(2))
    var server = TestServer()
    server.history = { [start] since in
      history.series(since: since, at: start + .seconds(2), wallClock: ServerStatus.sample.now)
    }
    return server
  }

  @Test func showsAnArrayForEachFigure() async throws {
    let server = server { sample in
      sample.counters.acceptedEvents = 7
      sample.counters.acceptedBytes = 900
      sample.counters.uniqueEvents = 4
      sample.counters.duplicateEvents = 2
      sample.counters.conflicts = 1
      sample.counters.deadEvents = 1
      sample.counters.refusals = [.badChecksum: 5]
      sample.state.queued = 12
      sample.state.queueAge = 1_500
      sample.state.connections = 3
      sample.state.busyWriters = 1
      sample.state.isStoreAvailable = false
    }
    #expect(
      try await server.answer("/history").text == """
        {"started_at":"2026-01-02T03:04:05.000000Z","series":[{"interval_seconds":1,\
        "until":"2026-01-02T03:05:35.000000Z","figures":{"received":[0,7],"unique":[3,1],"duplicates":[0,2],\
        "conflicts":[0,1],"dead":[0,1],"refused":[0,5],"bytes":[0,900],"queued":[0,12],\
        "queue_age_ms":[0.0,1.5],"connections":[0,3],"writers_busy":[0,1],"store_available":[true,false],\
        "accept_p50_ms":[null,null],"accept_p99_ms":[null,null],"commit_p50_ms":[null,null],\
        "commit_p99_ms":[null,null]},"topics":[{"topic":"b","unique":[3,0]},{"topic":"a.1","unique":[0,1]}]},\
        {"interval_seconds":10,"until":"2026-01-02T03:05:33.000000Z","figures":{"received":[],"unique":[],\
        "duplicates":[],"conflicts":[],"dead":[],"refused":[],"bytes":[],"queued":[],"queue_age_ms":[],\
        "connections":[],"writers_busy":[],"store_available":[],"accept_p50_ms":[],"accept_p99_ms":[],\
        "commit_p50_ms":[],"commit_p99_ms":[]},"topics":[]}]}

        """)
  }

  @Test(
    arguments: [
      ("since=-1h", "[3,0]"), ("since=2020-01-01T00:00:00Z", "[3,0]"), ("since=-1s", "[0]"),
      ("since=2026-01-02T03:05:34.5Z", "[0]"), ("since=-0s", nil), ("since=9999-01-01T00:00:00Z", nil),
    ] as [(String, String?)])
  func beginsAfterATimeOrWhereTheFiguresBegin(_ query: String, _ unique: String?) async throws {
    let text = try await server().answer("/history?\(query)").text
    let figure = try #require(text.firstMatch(of: /"figures":\{"received":\[[^\]]*\],"unique":(\[[^\]]*\])/))
    #expect(figure.1 == unique ?? "[]")
  }

  @Test func conflictsThatAreNotCountedAreUnknown() async throws {
    var server = server()
    server.status.detectsConflicts = false
    #expect(try await server.answer("/history").text.contains("\"conflicts\":[null,null]"))
  }

  @Test func aReaderOfSomeTopicsSeesTheirRatesAlone() async throws {
    let keyring = try Keyring([.limited("limited", [.read], "a.*"), Principal(name: "all", roles: [.read])])
    var server = server()
    server.access = keyring.access
    server.settings.isEncrypted = true
    let limited = try await server.answer("/history", headers: keyring.fields(of: "limited")).text
    #expect(limited.contains("\"topics\":[{\"topic\":\"a.1\",\"unique\":[0,1]}]"))
    for name in ["received", "unique", "duplicates", "conflicts", "dead", "refused", "bytes"] {
      #expect(limited.contains("\"\(name)\":[null,null]"), "\(name)")
    }
    #expect(limited.contains("\"queued\":[0,0]") && limited.contains("\"store_available\":[true,true]"))
    let all = try await server.answer("/history", headers: keyring.fields(of: "all")).text
    #expect(all.contains("\"unique\":[3,0]"))
  }

  @Test(arguments: [("since=x", "since"), ("sinc=-1h", "sinc"), ("since=-1h&since=-1h", "since")])
  func refusesAParameterByName(_ query: String, _ name: String) async throws {
    let answer = try await server().answer("/history?\(query)")
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [name])
    #expect(try await server().answer("/history?x=1").text.contains("\"ignored_parameters\":[\"x\"]"))
  }
}
