import Foundation

@testable import HTTPAdmin

/// `spec/metrics.md`, as it follows from the table of metrics.
enum MetricReference {
  /// The directory of the specifications.
  static let specifications = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../spec").standardized

  /// The file.
  static let file = specifications.appending(path: "metrics.md")

  /// The names in `errors.json`.
  static func errorNames() throws -> [String] {
    struct Entry: Decodable {
      let name: String
    }
    let entries = try JSONDecoder().decode(
      [Entry].self, from: Data(contentsOf: specifications.appending(path: "errors.json")))
    return entries.map(\.name)
  }

  /// The whole document.
  static var markdown: String {
    """
    # Metrics of sluiced

    <!-- Written by `SLUICE_WRITE_SPEC=1 swift test --filter MetricReferenceTests`; the tests compare this file with the
    table of metrics and with a scrape. -->

    `GET /metrics` has them in the text exposition format of Prometheus, version 0.0.4
    (https://prometheus.io/docs/instrumenting/exposition_formats/):

    ```yaml
    scrape_configs:
      - job_name: sluice
        static_configs:
          - targets: ["127.0.0.1:8080"]
    ```

    - Names are `sluice_<noun>_<unit>`, and counters end in `_total`. Units are seconds and bytes.
    - Label sets are closed: every value is there from the first scrape, at 0, and nothing that a producer sends
      becomes a label.
    - Counters are of this process and begin at 0 with it, as `rate()` expects. Only those of the database outlive it.
    - Buckets end at a power of two of microseconds each, from 128 µs (0.000128) to 67 s (67.108864). A duration of
      exactly a bound counts in the next bucket.
    - A scrape answers 200 also while the database is away.
    - Metrics may be added. One that is here keeps its name, labels and meaning.

    | name | kind | labels | meaning | what to alert on |
    |---|---|---|---|---|
    \(MetricTable.all.map(row).joined(separator: "\n"))

    """
  }

  private static func row(_ metric: Metric) -> String {
    let cells = [
      "`\(metric.name)`", metric.kind.rawValue, labels(of: metric.reading), metric.meaning,
      metric.alert ?? "",
    ]
    return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  private static func labels(of reading: Metric.Reading) -> String {
    switch reading {
    case .number: ""
    case .numbers(let label, let numbers): labels(label, values: numbers.map(\.value))
    case .text(let label, _): "`\(label)`"
    case .durations: "`le`"
    }
  }

  /// A label and its values; a long list only by where it is from.
  static func labels(_ label: String, values: [String]) -> String {
    label == "code"
      ? "`code`: the names in [errors.json](errors.json)"
      : "`\(label)`: " + values.map { "`\($0)`" }.joined(separator: ", ")
  }
}
