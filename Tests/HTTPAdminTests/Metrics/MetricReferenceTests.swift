import Foundation
import Testing

@testable import HTTPAdmin

/// Compares `spec/metrics.md` with the code and with a scrape.
@Suite("Specification of the metrics")
struct MetricReferenceTests {
  private let text: String

  init() throws {
    if ProcessInfo.processInfo.environment["SLUICE_WRITE_SPEC"] != nil {
      try MetricReference.markdown.write(to: MetricReference.file, atomically: true, encoding: .utf8)
    }
    text = try String(contentsOf: MetricReference.file, encoding: .utf8)
  }

  @Test func equalsTheTable() {
    #expect(text == MetricReference.markdown)
  }

  @Test func equalsAScrape() async throws {
    let scrape = try Exposition(try await TestServer().answer("/metrics").text)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `sluice_") }
    try #require(rows.count == scrape.families.count)
    for (row, family) in zip(rows, scrape.families) {
      let cells = row.components(separatedBy: " | ")
      #expect(cells[0] == "| `\(family.name)`")
      #expect(cells[1] == family.kind)
      #expect(try cells[2] == labels(of: family), "labels of \(family.name)")
      #expect(cells[3] == family.help)
    }
  }

  /// Returns the cell of the labels, made from the samples.
  private func labels(of family: Exposition.Family) throws -> String {
    let names = Set(family.samples.flatMap(\.labels.keys))
    try #require(names.count <= 1)
    guard let name = names.first else { return "" }
    let values = family.values(of: name)
    if name == "code" { #expect(try values == MetricReference.errorNames()) }
    return ["le", "version"].contains(name) ? "`\(name)`" : MetricReference.labels(name, values: values)
  }
}
