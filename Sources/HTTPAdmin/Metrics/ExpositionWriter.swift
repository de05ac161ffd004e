import Ingest
import NIOCore

/// Writes metrics in the text exposition format 0.0.4 of Prometheus
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct ExpositionWriter {
  /// The text written so far, in whole lines.
  private(set) var buffer = ByteBuffer()

  /// The upper bounds of the histogram buckets in microseconds, 128 µs to 67 s. They are powers of two
  /// because the buckets of `LatencyHistogram` end there; each count is the number of durations below its
  /// bound.
  static let bounds = (7...26).map { 1 << $0 }

  /// Writes a metric with its samples, or nothing when all its samples are unknown.
  mutating func write(_ metric: Metric, of scrape: Scrape) {
    switch metric.reading {
    case .number(let number):
      guard let number = number(scrape) else { return }
      head(metric)
      sample(metric.name, number)
    case .numbers(let label, let numbers):
      let known = numbers.compactMap { value, number in number(scrape).map { (value, $0) } }
      guard !known.isEmpty else { return }
      head(metric)
      for (value, number) in known { sample(metric.name, number, label: (label, value)) }
    case .text(let label, let text):
      head(metric)
      sample(metric.name, 1, label: (label, text(scrape)))
    case .durations(let durations):
      head(metric)
      histogram(metric.name, durations(scrape))
    }
  }

  private mutating func head(_ metric: Metric) {
    buffer.writeString("# HELP \(metric.name) \(Self.escaped(metric.meaning, quotes: false))\n")
    buffer.writeString("# TYPE \(metric.name) \(metric.kind.rawValue)\n")
  }

  private mutating func histogram(_ name: String, _ durations: LatencySnapshot) {
    for bound in Self.bounds {
      let count = durations.count(upTo: .microseconds(bound))
      sample("\(name)_bucket", Double(count), label: ("le", "\(Double(bound) / 1e6)"))
    }
    // One reading for both lines, because scrapers check that `+Inf` equals `_count`.
    let count = Double(durations.count)
    sample("\(name)_bucket", count, label: ("le", "+Inf"))
    sample("\(name)_sum", Double(durations.microseconds) / 1e6)
    sample("\(name)_count", count)
  }

  private mutating func sample(
    _ name: String, _ number: Double, label: (name: String, value: String)? = nil
  ) {
    buffer.writeString(name)
    if let label { buffer.writeString("{\(label.name)=\"\(Self.escaped(label.value, quotes: true))\"}") }
    buffer.writeString(" \(Self.text(number))\n")
  }

  /// Returns an integer without a fraction. Beyond 2^53 a scraper reads the same number from both forms.
  private static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// Escapes backslashes and line feeds, and quotation marks in label values.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
