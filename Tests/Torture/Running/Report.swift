import Foundation

/// Figures and findings of a run.
struct Report: Encodable {
  /// Count, median and maximum of measured times, in milliseconds.
  struct Times: Encodable {
    let count: Int
    let medianMs: Double?
    let maxMs: Double?

    init(_ times: [Duration]) {
      let sorted = times.map { ($0 / .microseconds(100)).rounded() / 10 }.sorted()
      count = sorted.count
      medianMs = sorted.isEmpty ? nil : sorted[sorted.count / 2]
      maxMs = sorted.last
    }
  }

  var seed: UInt64
  var plan: String
  var plannedFaults: Int
  var seconds = 0.0
  var killsOfServers = 0
  var killsOfServersAtCommit = 0
  var killsOfPostgres = 0
  var killsOfBackends = 0
  var killsOfClients = 0
  var terminatedBackends = 0
  var cuts = 0
  var cutsBetweenCommitAndAnswer = 0
  var answersOfCommitWithheld = 0
  var stalls = 0
  var changesOfLineage = 0
  var changesWithLoss = 0
  var relaxedCommits = 0
  var lineageLossNotices = 0
  /// Number of batches that were lost with a lineage and whose loss is permitted.
  var lostWithALineage = 0
  var reconnects = 0
  var resentBatches = 0
  var replays = 0
  var countsUnknown = 0
  var batches = 0
  var events = 0
  var unique = 0
  var duplicates = 0
  var dead = 0
  var eventsPerSecond = 0
  var postgresReadyToFirstCommit = Times([])
  var killToReady = Times([])
  var embeddedKillToReady = Times([])
  var lost = 0
  var doubled = 0
  var findings: [String: Int] = [:]
  var offending: [String] = []
  var passed = false

  mutating func add(_ found: FindingList) {
    lost = found[.lost]
    doubled = found[.doubled]
    findings = Dictionary(uniqueKeysWithValues: found.numbers.map { ($0.rawValue, $1) })
    offending = found.texts
    passed = found.isEmpty
  }

  /// The report for programs.
  var json: String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // Encoding cannot fail, because the report has only numbers and texts.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// The report for people.
  var text: String {
    let rows: [(String, String)] = [
      ("plan", "\(plan), \(plannedFaults) faults, seed \(seed)"),
      ("run", "\(Int(seconds)) s, \(eventsPerSecond) events/s"),
      (
        "kills",
        "\(killsOfServers) servers (\(killsOfServersAtCommit) of them between COMMIT and its answer), "
          + "\(killsOfPostgres) Postgres, \(killsOfBackends) backends, \(killsOfClients) producers"
      ),
      (
        "cut connections",
        "\(cuts), \(cutsBetweenCommitAndAnswer) of them between COMMIT and its answer "
          + "(\(answersOfCommitWithheld) with the answer withheld)"
      ),
      ("also", "\(terminatedBackends) terminated backends, \(stalls) stalls"),
      (
        "other databases",
        "\(changesOfLineage), \(changesWithLoss) of them without the last commits: \(lostWithALineage) batches "
          + "gone with them, \(lineageLossNotices) times LINEAGE_LOSS; "
          + "\(relaxedCommits) times synchronous_commit off"
      ),
      (
        "producers",
        "\(reconnects) reconnects, \(resentBatches) batches sent again, \(replays) replays, "
          + "\(countsUnknown) counts unknown"
      ),
      (
        "stored",
        "\(events) events in \(batches) batches: \(unique) unique, \(duplicates) duplicate, \(dead) dead"
      ),
      ("Postgres ready to first commit", postgresReadyToFirstCommit.text),
      ("kill -9 to ready", killToReady.text),
      ("with embedded Postgres", embeddedKillToReady.text),
      ("lost, doubled", "\(lost), \(doubled)"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { "  " + $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }
    let wrong =
      findings.sorted { $0.key < $1.key }.map { "  \($0.value) \($0.key)" } + offending.map { "    \($0)" }
    return (lines + wrong + [passed ? "torture: passed" : "torture: FAILED"]).joined(separator: "\n")
  }
}

extension Report.Times {
  fileprivate var text: String {
    guard let medianMs, let maxMs else { return "not measured" }
    return "median \(medianMs) ms, max \(maxMs) ms (\(count) times)"
  }
}
