import Ingest
import NIOCore
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("Exposition format")
struct ExpositionWriterTests {
  private func text(_ metric: Metric, version: String = "1", totals: StoreTotals? = nil) -> String {
    var writer = ExpositionWriter()
    writer.write(metric, of: Scrape(status: .sample, totals: totals, version: version))
    return String(buffer: writer.buffer)
  }

  private func number(_ number: Double?) -> Metric {
    .gauge("g", .number { _ in number }, "A number.")
  }

  @Test func describesAMetricBeforeItsSamples() {
    #expect(text(number(3)) == "# HELP g A number.\n# TYPE g gauge\ng 3\n")
  }

  @Test(arguments: [
    (0, "0"), (-1, "-1"), (12.5, "12.5"), (0.000_128, "0.000128"),
    (9_007_199_254_740_992, "9007199254740992"),
    (1e300, "1e+300"),
  ])
  func writesNumbersInTheirShortestForm(_ value: Double, _ written: String) {
    #expect(text(number(value)).hasSuffix("\ng \(written)\n"))
  }

  @Test func leavesOutUnknownSamples() {
    #expect(text(number(nil)).isEmpty)
    let unknown: Metric.Number = { _ in nil }
    let two: Metric.Number = { _ in 2 }
    let partly = Metric.counter("c_total", .numbers(label: "l", [("a", unknown), ("b", two)]), "C.")
    #expect(text(partly) == "# HELP c_total C.\n# TYPE c_total counter\nc_total{l=\"b\"} 2\n")
    let stored = Metric.counter("s_total", .stored(by: "l", [("a", \.unique)]), "S.")
    #expect(text(stored).isEmpty)
    #expect(
      text(stored, totals: StoreTotals(received: 9, unique: 7, duplicate: 1, dead: 1, conflicts: 0))
        .hasSuffix("\ns_total{l=\"a\"} 7\n"))
  }

  @Test func escapesLabelValues() throws {
    let version = "a\"b\\c\nd{}, é"
    let written = text(.gauge("info", .text(label: "version") { $0.version }, "I."), version: version)
    #expect(written.hasSuffix("\ninfo{version=\"a\\\"b\\\\c\\nd{}, é\"} 1\n"))
    #expect(try Exposition(written).value("info", ["version": version]) == 1)
  }

  @Test func escapesHelpWithoutItsQuotationMarks() throws {
    let meaning = "Says \"a\\b\"\nand more."
    let written = text(.gauge("g", .number { _ in 1 }, meaning))
    #expect(written.hasPrefix("# HELP g Says \"a\\\\b\"\\nand more.\n"))
    #expect(try Exposition(written)["g"]?.help == meaning)
  }

  @Test func cumulatesTheBucketsOfAHistogram() throws {
    let histogram = LatencyHistogram()
    for duration in [.microseconds(127), .milliseconds(1), .milliseconds(3), .seconds(100)] as [Duration] {
      histogram.record(duration)
    }
    let snapshot = histogram.snapshot()
    let scrape = try Exposition(text(.histogram("h_seconds", { _ in snapshot }, "H.")))
    func bucket(_ bound: String) -> Double? { scrape.value("h_seconds_bucket", ["le": bound]) }
    #expect(bucket("0.000128") == 1)
    #expect(bucket("0.000512") == 1)
    #expect(bucket("0.001024") == 2)
    #expect(bucket("0.002048") == 2)
    #expect(bucket("0.004096") == 3)
    #expect(bucket("67.108864") == 3)
    #expect(bucket("+Inf") == 4)
    #expect(scrape.value("h_seconds_count") == 4)
    #expect(scrape.value("h_seconds_sum") == 100.004127)
  }

  @Test func endsBucketsAtBoundsOfTheHistogram() {
    for bound in ExpositionWriter.bounds {
      let histogram = LatencyHistogram()
      histogram.record(.microseconds(bound - 1))
      histogram.record(.microseconds(bound))
      #expect(histogram.snapshot().count(upTo: .microseconds(bound)) == 1, "\(bound) µs")
    }
  }

  @Test func writesAnEmptyHistogram() throws {
    let scrape = try Exposition(text(.histogram("h_seconds", { _ in LatencySnapshot() }, "H.")))
    #expect(scrape["h_seconds"]?.samples.count == ExpositionWriter.bounds.count + 3)
    #expect(scrape["h_seconds"]?.samples.allSatisfy { $0.value == 0 } == true)
  }
}
