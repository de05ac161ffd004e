import Foundation
import Testing

@testable import HTTPAdmin

/// Compares the dashboard and the alert rules in `deploy/` with a scrape.
@Suite("Dashboard and alerts")
struct DeployedMetricsTests {
  private static let directory = MetricReference.specifications.appending(path: "../deploy").standardized

  /// All PromQL expressions with their places.
  private static func expressions() throws -> [(place: String, text: String)] {
    let rules = try text("prometheus/alerts.yml").split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^ +expr: (.+)$/).map { (place: "alerts.yml", text: String($0.1)) }
    }
    let dashboard = try JSONDecoder().decode(JSONValue.self, from: Data(text("grafana/sluice.json").utf8))
    return rules + expressions(in: dashboard).map { (place: "sluice.json", text: $0) }
  }

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: directory.appending(path: path), encoding: .utf8)
  }

  private static func expressions(in value: JSONValue) -> [String] {
    let own = [value["expr"]?.text, value["query"]?.text].compactMap(\.self)
    return own + value.members.values.flatMap(expressions) + value.elements.flatMap(expressions)
  }

  private let scrape: Exposition

  init() async throws {
    scrape = try Exposition(try await TestServer().answer("/metrics").text)
  }

  @Test func useOnlyExistingMetricsAndLabels() throws {
    let expressions = try Self.expressions()
    #expect(expressions.count > 40)
    for (place, text) in expressions {
      for match in text.matches(of: /\b(sluice_[a-z_]+)(?:\{([^}]*)\})?/) {
        let samples = scrape.families.flatMap(\.samples).filter { $0.name == match.1 }
        #expect(!samples.isEmpty, "\(place): \(match.1)")
        for (label, values) in try selectors(match.2 ?? "") where label != "instance" && label != "job" {
          let known = Set(samples.compactMap { $0.labels[label] })
          #expect(values.allSatisfy(known.contains), "\(place): \(match.1) has \(label) \(known)")
        }
      }
      for match in text.matches(of: /\b(?:by|without|ignoring|on) *\(([^)]*)\)/) {
        let known = Set(scrape.families.flatMap(\.samples).flatMap(\.labels.keys) + ["instance", "job"])
        let names = match.1.split(separator: ",").map { $0.trimmed }
        #expect(names.allSatisfy { known.contains(String($0)) }, "\(place): \(match.0)")
      }
    }
  }

  /// Returns the labels of a selector with their allowed values.
  private func selectors(_ text: Substring) throws -> [(label: String, values: [String])] {
    try text.split(separator: ",").map { selector in
      let match = try #require(selector.trimmed.wholeMatch(of: /([a-z]+)(?:=~?|!=|!~)"([^"]*)"/))
      return (String(match.1), match.2.split(separator: "|").map(String.init))
    }
  }

  @Test func everyAlertHasCasesAndAdvice() throws {
    let names = try Self.text("prometheus/alerts.yml").matches(of: /- alert: ([A-Za-z]+)\n/).map(\.1)
    #expect(names.count > 20)
    let cases = try Self.text("prometheus/alerts-test.yml")
    let advice = try Self.text("../docs/operations.md")
    for name in names {
      #expect(cases.contains("alertname=\"\(name)\""), "\(name) has no case in alerts-test.yml")
      #expect(advice.contains("`\(name)`"), "docs/operations.md does not say what to do about \(name)")
    }
  }

  @Test func coverEveryMetricWithAnAlertCondition() throws {
    let used = try Self.expressions().filter { $0.place == "alerts.yml" }.map(\.text).joined(separator: "\n")
    for metric in MetricTable.all where metric.alert != nil {
      let unwatched: Set = [
        // The threshold depends on the load, so no rule can be shipped.
        "sluice_accepted_batches_total", "sluice_opened_connections_total", "sluice_busy_writers",
        // Another rule has the same cause.
        "sluice_database_away_seconds", "sluice_tail_subscribers",
      ]
      guard !unwatched.contains(metric.name) else { continue }
      #expect(used.contains(metric.name), "\(metric.name)")
    }
  }
}
