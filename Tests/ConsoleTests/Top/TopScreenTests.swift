import Base
import Testing

@testable import Console

@Suite struct TopScreenTests {
  private func figures(topics: Int = 3, producers: Int = 2) throws -> TopFigures {
    let stats = #"""
      {"status":"healthy","version":"1.2.3","uptime_seconds":3661,"received":1234567,"unique_processed":1200000,
      "duplicate_dropped":34567,"dead":0,"conflicts":null,"topics_count":12,"connections":3,
      "throughput":{"accepted":{"per_second_1s":12345.6,"per_second_10s":100,"per_second_60s":0.5},
      "committed":{"per_second_1s":12000,"per_second_10s":99.94,"per_second_60s":0}},
      "latency_ms":{"accept":{"p50":0.4,"p95":1,"p99":2,"max":9},"commit":{"p50":3,"p95":4,"p99":5,"max":600}},
      "queue":{"batches":1,"bytes":33554432,"limit_bytes":67108864,"oldest_ms":12.5},
      "writers":{"count":4,"busy":2},"servers":[{"alive":true},{"alive":false}]}
      """#
    var figures = TopFigures(server: ServerFigures(try JSONValue(Array(stats.utf8))))
    figures.address = "http://127.0.0.1:8080"
    figures.topics.rows = (0..<topics).map { .init(name: "topic.\($0)", perSecond: 9, events: nil) }
    figures.producers.rows = (0..<producers).map {
      .init(name: "shop\u{1B}[2J \($0)", perSecond: 1.5, events: 7)
    }
    figures.recent = [0, 1, 2]
    return figures
  }

  private func screen(_ figures: TopFigures, _ width: Int = 80, _ height: Int = 24) -> [String] {
    TopScreen(figures: figures, width: width, height: height).lines.map(\.text)
  }

  @Test func showsEveryFigureOnAUsualTerminal() throws {
    let lines = screen(try figures())
    #expect(lines[0] == "sluice  http://127.0.0.1:8080  healthy  version 1.2.3  up 1h 1m")
    #expect(
      lines[2] == "EVENTS/S         1 S      10 S      60 S    P50 MS    P95 MS    P99 MS    MAX MS")
    #expect(
      lines[3] == "accepted      12,346       100       0.5       0.4       1.0       2.0       9.0")
    #expect(
      lines[4] == "committed     12,000      99.9         0       3.0       4.0       5.0       600")
    #expect(lines[5] == "last 3 s   ▁▅█")
    #expect(
      lines[7]
        == "in all     1,234,567 received  1,200,000 unique  34,567 duplicate  0 dead  conf…")
    #expect(lines[8] == "queue      [##########..........] 1 batch  32.0 MiB of 64.0 MiB  oldest 12.5 ms")
    #expect(lines[9] == "writers    2 of 4 busy  3 connections  12 topics  1 server")
    #expect(lines[11].hasPrefix("TOPICS") && lines[11].contains("PRODUCERS"))
    #expect(lines[12].hasPrefix("topic.0") && lines[12].contains(#""shop\u{1b}[2J"#))
    #expect(lines.last == "q ends")
  }

  @Test(arguments: [(80, 24), (40, 10), (200, 60), (20, 3), (2, 1), (69, 30), (100, 15)])
  func fitsEveryTerminal(_ width: Int, _ height: Int) throws {
    var figures = try figures(topics: 100, producers: 100)
    figures.problem = "http://127.0.0.1:8080 cannot be reached: nothing listens there"
    let lines = TopScreen(figures: figures, width: width, height: height).lines
    #expect(lines.count <= height)
    #expect(lines.allSatisfy { DisplayWidth.of($0.text) <= width })
    #expect(lines.allSatisfy { $0.text.unicodeScalars.allSatisfy(VisibleText.isVisible) })
    #expect(lines.last?.text.hasPrefix("q") == true)
  }

  @Test func listsAreOneBelowTheOtherOnANarrowTerminal() throws {
    let lines = screen(try figures(), 60, 30)
    let topics = try #require(lines.firstIndex { $0.hasPrefix("TOPICS") })
    let producers = try #require(lines.firstIndex { $0.hasPrefix("PRODUCERS") })
    #expect(producers > topics + 3)
    #expect(!lines[topics].contains("PRODUCERS"))
  }

  @Test func saysWhyAListIsEmptyAndWhatIsWrong() throws {
    var figures = try figures(topics: 0, producers: 0)
    figures.producers.note = "this key may not read it"
    figures.problem = "the server is away"
    let lines = screen(figures)
    #expect(lines.contains { $0.contains("none at this moment") && $0.contains("this key may not read it") })
    #expect(lines.last == "q ends  the server is away")
  }

  @Test func showsDashesForWhatAServerDoesNotTell() throws {
    let lines = screen(TopFigures(server: ServerFigures(.null)))
    #expect(lines[3].split(separator: " ") == ["accepted", "-", "-", "-", "-", "-", "-", "-"])
    #expect(lines.contains { $0.hasPrefix("queue      [....................] - batches") })
  }

  @Test func coloursAreOnlyAroundTheText() throws {
    let line = ScreenLine("a", .red) + ScreenLine("日本語") + ScreenLine("b", .bold)
    #expect(line.cut(to: 4).painted(Painter(hasColors: true)) == "\u{1B}[31ma\u{1B}[0m日…")
    #expect(line.painted(Painter(hasColors: false)) == "a日本語b")
  }

  @Test func producersAreOrderedByWhatTheySentSinceTheLastReading() {
    var rates = ProducerRates()
    let first = rates.take([("1", "a", 100), ("2", "b", 50)], at: .seconds(10))
    #expect(first.map(\.name) == ["a", "b"] && first.allSatisfy { $0.perSecond == nil })
    let second = rates.take([("1", "a", 100), ("2", "b", 150), ("3", "c", 60)], at: .seconds(12))
    #expect(second.map(\.name) == ["b", "c"] && second.map(\.perSecond) == [50, nil])
    let third = rates.take([("2", "b", 10), ("3", "c", 62)], at: .seconds(14))
    #expect(
      third.map(\.name) == ["c", "b"] && third.map(\.perSecond) == [1, nil], "b was forgotten and came again")
  }

  @Test func saysThatTheBusiestProducersAreThoseOfTheLatest() throws {
    var figures = try figures()
    #expect(!screen(figures).contains { $0.contains("of the latest") })
    figures.producers.isOfLatest = 200
    #expect(screen(figures).contains { $0.contains("of the latest 200") })
  }

  @Test func figuresBeyondEveryRangeDoNotEndTheScreen() throws {
    let history = ServerHistory(
      try JSONValue(
        Array(#"{"series":[{"interval_seconds":1,"figures":{"received":[1e999,1,1e308]}}]}"#.utf8)))
    var figures = try figures()
    figures.recent = try #require(history.series.first).values("received")
    #expect(screen(figures).contains { $0.hasPrefix("last 3 s    ▂█") })
  }
}
