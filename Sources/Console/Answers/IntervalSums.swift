/// Counts of intervals, added up over the answers of one search. Pure.
///
/// Each answer names the topics or sources that have the most events in it. Other answers may name others, so the sums are
/// of all names that any answer has, and only the result is cut to the names with the most events.
struct IntervalSums {
  private struct Interval {
    var events = 0
    var others = 0
    var groups: [String: Int] = [:]
  }

  /// The most names that an answer can have (`spec/http-api.md`, "GET /counts").
  static let mostNames = 1_000
  /// The names that are shown without another choice, as the server does.
  static let usualNames = 20

  private let limit: Int
  private var intervals: [String: Interval] = [:]
  private var hasGroups = false
  private var answers = 0
  private var hasOthers = false

  /// - Parameter limit: The most names that are shown.
  init(limit: Int = usualNames) {
    self.limit = limit
  }

  /// The sum of all intervals.
  var events: Int { intervals.values.reduce(0) { $0.clamped(adding: $1.events) } }

  /// Whether a shown name may have more events than its number says, because an answer had too many names.
  var isPartial: Bool { answers > 1 && hasOthers }

  /// Adds one answer of `GET /counts`. An interval may be in several answers, each with a part of its events.
  mutating func add(_ answer: JSONValue) {
    answers += 1
    for count in answer["counts"]?.elements ?? [] {
      guard let start = count["start"]?.text else { continue }
      var interval = intervals[start] ?? Interval()
      let others = count["others"]?.integer ?? 0
      interval.events = interval.events.clamped(adding: count["events"]?.integer ?? 0)
      interval.others = interval.others.clamped(adding: others)
      if others > 0 { hasOthers = true }
      for group in count["groups"]?.elements ?? [] {
        hasGroups = true
        let name = group["name"]?.text ?? ""
        interval.groups[name] = (interval.groups[name] ?? 0).clamped(adding: group["events"]?.integer ?? 0)
      }
      intervals[start] = interval
    }
  }

  /// The intervals with the names that are shown, the oldest first.
  private var sorted: [(start: String, interval: Interval)] {
    let shown = shownNames
    return intervals.map { start, interval in
      var cut = interval
      cut.groups = interval.groups.filter { shown.contains($0.key) }
      for (name, events) in interval.groups where !shown.contains(name) {
        cut.others = cut.others.clamped(adding: events)
      }
      return (start: start, interval: cut)
    }.sorted { $0.start < $1.start }
  }

  /// The names with the most events.
  private var shownNames: Set<String> {
    var totals: [String: Int] = [:]
    for interval in intervals.values {
      for (name, events) in interval.groups { totals[name] = (totals[name] ?? 0).clamped(adding: events) }
    }
    return Set(Self.names(of: totals).prefix(limit).map(\.name))
  }

  private static func names(of groups: [String: Int]) -> [(name: String, events: Int)] {
    groups.map { (name: $0.key, events: $0.value) }.sorted { ($1.events, $0.name) < ($0.events, $1.name) }
  }

  /// The intervals as an array, the oldest first.
  var json: JSONValue {
    .array(
      sorted.map { start, interval in
        var members = [
          JSONValue.Member(name: "start", value: .string(start)),
          JSONValue.Member(name: "events", value: .number("\(interval.events)")),
        ]
        if hasGroups {
          let groups = Self.names(of: interval.groups).map { name, events in
            JSONValue.object([
              JSONValue.Member(name: "name", value: .string(name)),
              JSONValue.Member(name: "events", value: .number("\(events)")),
            ])
          }
          members.append(JSONValue.Member(name: "groups", value: .array(groups)))
          members.append(JSONValue.Member(name: "others", value: .number("\(interval.others)")))
        }
        return .object(members)
      })
  }

  /// The columns of a bar of the largest interval.
  private static let barColumns = 40

  /// Returns a table for people, the oldest interval first, with the sum.
  func text(_ paint: Painter) -> String {
    var table = TextTable([.init("START"), .init("EVENTS", isNumber: true), .init("")])
    let most = intervals.values.map(\.events).max() ?? 0
    for (start, interval) in sorted {
      let bar = hasGroups ? Self.groups(of: interval) : Self.bar(interval.events, of: most)
      table.add([SafeText.line(start), Quantity.grouped(interval.events), bar])
    }
    return "\(table.text(paint))\n\(Quantity.of(events, "event"))"
  }

  private static func bar(_ events: Int, of most: Int) -> String {
    guard most > 0, events > 0 else { return "" }
    return String(repeating: "#", count: max(1, Int(Double(events) / Double(most) * Double(barColumns))))
  }

  private static func groups(of interval: Interval) -> String {
    let names = names(of: interval.groups).map { "\(SafeText.name($0.name)) \(Quantity.grouped($0.events))" }
    let others = interval.others > 0 ? ["others \(Quantity.grouped(interval.others))"] : []
    return (names + others).joined(separator: ", ")
  }
}

extension Int {
  /// Returns the sum; the largest or the smallest number when it is beyond 64 bits. The numbers of a server may be anything.
  func clamped(adding other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
