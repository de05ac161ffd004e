import Ingest
internal import StoreInterface

/// One metric: its name, its meaning, and how it is read from a scrape.
struct Metric: Sendable {
  /// The metric types of the exposition format that are used here.
  enum Kind: String {
    /// A number that only rises, except at a restart.
    case counter
    /// A number that rises and falls.
    case gauge
    /// Durations in seconds, counted in buckets.
    case histogram
  }

  /// Reads a number from a scrape; nil when it is unknown, so that its sample is left out.
  typealias Number = @Sendable (Scrape) -> Double?

  /// The source of a metric's samples.
  enum Reading: Sendable {
    /// One sample without labels.
    case number(Number)
    /// One sample for each value of a label. The list of values is fixed, so that no client can add series.
    case numbers(label: String, [(value: String, number: Number)])
    /// The number 1, with a label that describes the process and does not change while it runs.
    case text(label: String, @Sendable (Scrape) -> String)
    /// The buckets, sum and count of durations.
    case durations(@Sendable (Scrape) -> LatencySnapshot)
  }

  /// The full name. The base unit comes last, and `_total` after it for counters.
  let name: String
  /// The type.
  let kind: Kind
  /// The meaning, in one sentence.
  let meaning: String
  /// The condition for an alert, in words or PromQL; nil when the metric needs no alert.
  let alert: String?
  /// The source of the samples.
  let reading: Reading

  /// Creates a metric that only rises.
  static func counter(_ name: String, _ reading: Reading, _ meaning: String, alert: String? = nil) -> Metric {
    Metric(name: name, kind: .counter, meaning: meaning, alert: alert, reading: reading)
  }

  /// Creates a metric that rises and falls.
  static func gauge(_ name: String, _ reading: Reading, _ meaning: String, alert: String? = nil) -> Metric {
    Metric(name: name, kind: .gauge, meaning: meaning, alert: alert, reading: reading)
  }

  /// Creates a distribution of durations.
  static func histogram(
    _ name: String, _ durations: @escaping @Sendable (Scrape) -> LatencySnapshot, _ meaning: String,
    alert: String? = nil
  ) -> Metric {
    Metric(name: name, kind: .histogram, meaning: meaning, alert: alert, reading: .durations(durations))
  }
}

extension Metric.Reading {
  /// A counter of this process.
  static func counted(_ figure: any KeyPath<ActivitySnapshot, Int> & Sendable) -> Self {
    .number { Double($0.status.activity[keyPath: figure]) }
  }

  /// Counters of this process, by label.
  static func counted(
    by label: String, _ figures: [(value: String, figure: any KeyPath<ActivitySnapshot, Int> & Sendable)]
  ) -> Self {
    .numbers(
      label: label,
      figures.map { value, figure in (value, { Double($0.status.activity[keyPath: figure]) }) })
  }

  /// Counters of the database, which all servers share, by label.
  static func stored(
    by label: String, _ figures: [(value: String, figure: any KeyPath<StoreTotals, Int64> & Sendable)]
  ) -> Self {
    .numbers(
      label: label,
      figures.map { value, figure in (value, { $0.totals.map { Double($0[keyPath: figure]) } }) })
  }

  /// A current figure of this process.
  static func now(_ figure: any KeyPath<ServerStatus, Int> & Sendable) -> Self {
    .number { Double($0.status[keyPath: figure]) }
  }
}

/// The data of one scrape.
struct Scrape: Sendable {
  /// The state of this process.
  let status: ServerStatus
  /// The counters of the database; nil when the database did not return them in time.
  let totals: StoreTotals?
  /// The version of the server.
  let version: String
  /// The answers of the HTTP server so far, by status.
  var answers: [Int: Int] = [:]
  /// Number of subscribers to the live tail.
  var subscribers = 0
}
