import Testing

@testable import HTTPAdmin

@Suite("Table of metrics")
struct MetricTableTests {
  @Test func hasEachNameOnce() {
    let names = MetricTable.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: MetricTable.all.map(\.name))
  func namesHaveThePrefix(_ name: String) {
    #expect(name.wholeMatch(of: /sluice(_[a-z]+)+/) != nil)
  }

  @Test func onlyCountersEndInTotal() {
    for metric in MetricTable.all {
      #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
    }
  }

  @Test func durationsAreHistogramsInSeconds() {
    for metric in MetricTable.all {
      guard case .durations = metric.reading else {
        #expect(metric.kind != .histogram, "\(metric.name)")
        continue
      }
      #expect(metric.kind == .histogram && metric.name.hasSuffix("_seconds"), "\(metric.name)")
    }
  }

  @Test func noLabelHasAValueTwice() {
    for metric in MetricTable.all {
      guard case .numbers(_, let numbers) = metric.reading else { continue }
      #expect(!numbers.isEmpty && Set(numbers.map(\.value)).count == numbers.count, "\(metric.name)")
    }
  }

  @Test func everyMeaningFitsOnALine() {
    for metric in MetricTable.all {
      #expect(metric.meaning.hasSuffix(".") && !metric.meaning.contains("\n"), "\(metric.name)")
      #expect(metric.alert?.isEmpty != true, "\(metric.name)")
    }
  }
}
