import Foundation

@testable import HTTPAdmin

/// The content of `spec/metrics.md`, made from the table of metrics.
enum MetricReference {
  /// The directory of the specifications.
  static let specifications = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../spec").standardized

  /// The path of `spec/metrics.md`.
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

  /// The text of the document.
  static var markdown: String {
    """
    # Metrics of sluiced

    <!-- Written by `SLUICE_WRITE_SPEC=1 swift test --filter MetricReferenceTests`. The tests compare this file with
    the table of metrics and with a scrape. -->

    The metrics that `GET /metrics` returns, in the text exposition format of Prometheus, version 0.0.4
    (https://prometheus.io/docs/instrumenting/exposition_formats/):

    ```yaml
    scrape_configs:
      - job_name: sluice
        static_configs:
          - targets: ["127.0.0.1:8080"]
    ```

    - Names are `sluice_<noun>_<unit>`; names of counters end in `_total`. Units are seconds and bytes.
    - Label values form closed sets. Every value is present from the first scrape, at 0, and no data of producers
      becomes a label.
    - Counters belong to the process and start at 0 with it, as `rate()` expects. Only the counters of the database
      survive a restart.
    - The upper bounds of buckets are powers of two of microseconds, from 128 µs (0.000128) to 67 s (67.108864). A
      duration that equals a bound counts in the next bucket.
    - A scrape is answered with 200 even while the database is unavailable.
    - Later versions may add metrics. The name, labels and meaning of a metric do not change.

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

  /// Returns a label with its values; instead of a long list, its source.
  static func labels(_ label: String, values: [String]) -> String {
    label == "code"
      ? "`code`: the names in [errors.json](errors.json)"
      : "`\(label)`: " + values.map { "`\($0)`" }.joined(separator: ", ")
  }
}
