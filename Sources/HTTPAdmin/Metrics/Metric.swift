import Ingest

/// One metric: what it is called, what it means, and how it is read from a scrape.
struct Metric: Sendable {
  /// The types of the exposition format that are used here.
  enum Kind: String {
    /// Only rises, apart from a restart.
    case counter
    /// Rises and falls.
    case gauge
    /// Durations in seconds, by buckets.
    case histogram
  }

  /// A number of a scrape; nil when it is not known, and the sample then left out.
  typealias Number = @Sendable (Scrape) -> Double?

  /// Where the samples come from.
  enum Reading: Sendable {
    /// One sample without labels.
    case number(Number)
    /// A sample for each value of a label. The values are all there are, so that no peer can add series.
    case numbers(label: String, [(value: String, number: Number)])
    /// A 1 whose label tells something about the process that stays the same while it runs.
    case text(label: String, @Sendable (Scrape) -> String)
    /// The buckets, the sum and the count of durations.
    case durations(@Sendable (Scrape) -> LatencySnapshot)
  }

  /// The whole name. Counters end in `_total`, and what has a base unit has it before that.
  let name: String
  /// The type.
  let kind: Kind
  /// One sentence.
  let meaning: String
  /// The condition to alert on, in words or PromQL; nil when there is none.
  let alert: String?
  /// Where the samples come from.
  let reading: Reading

  /// A metric that only rises.
  static func counter(_ name: String, _ reading: Reading, _ meaning: String, alert: String? = nil) -> Metric {
    Metric(name: name, kind: .counter, meaning: meaning, alert: alert, reading: reading)
  }

  /// A metric that rises and falls.
  static func gauge(_ name: String, _ reading: Reading, _ meaning: String, alert: String? = nil) -> Metric {
    Metric(name: name, kind: .gauge, meaning: meaning, alert: alert, reading: reading)
  }

  /// A distribution of durations.
  static func histogram(
    _ name: String, _ durations: @escaping @Sendable (Scrape) -> LatencySnapshot, _ meaning: String,
    alert: String? = nil
  ) -> Metric {
    Metric(name: name, kind: .histogram, meaning: meaning, alert: alert, reading: .durations(durations))
  }
}

extension Metric.Reading {
  /// What this process counted.
  static func counted(_ figure: any KeyPath<ActivitySnapshot, Int> & Sendable) -> Self {
    .number { Double($0.status.activity[keyPath: figure]) }
  }

  /// What this process counted, by label.
  static func counted(
    by label: String, _ figures: [(value: String, figure: any KeyPath<ActivitySnapshot, Int> & Sendable)]
  ) -> Self {
    .numbers(
      label: label,
      figures.map { value, figure in (value, { Double($0.status.activity[keyPath: figure]) }) })
  }

  /// What all servers counted in the database, by label.
  static func stored(
    by label: String, _ figures: [(value: String, figure: any KeyPath<StoreTotals, Int64> & Sendable)]
  ) -> Self {
    .numbers(
      label: label,
      figures.map { value, figure in (value, { $0.totals.map { Double($0[keyPath: figure]) } }) })
  }

  /// What this process is at.
  static func now(_ figure: any KeyPath<ServerStatus, Int> & Sendable) -> Self {
    .number { Double($0.status[keyPath: figure]) }
  }
}
