/// Counts of intervals, added up over the answers of one search. Pure.
struct IntervalSums {
  private struct Interval {
    var events = 0
    var others = 0
    var groups: [String: Int] = [:]
  }

  private var intervals: [String: Interval] = [:]
  private var hasGroups = false

  /// The sum of all intervals.
  var events: Int { intervals.values.reduce(0) { $0 + $1.events } }

  /// Adds one answer of `GET /counts`. An interval may be in several answers, each with a part of its events.
  mutating func add(_ answer: JSONValue) {
    for count in answer["counts"]?.elements ?? [] {
      guard let start = count["start"]?.text else { continue }
      var interval = intervals[start] ?? Interval()
      interval.events += count["events"]?.integer ?? 0
      interval.others += count["others"]?.integer ?? 0
      for group in count["groups"]?.elements ?? [] {
        hasGroups = true
        interval.groups[group["name"]?.text ?? "", default: 0] += group["events"]?.integer ?? 0
      }
      intervals[start] = interval
    }
  }

  private var sorted: [(start: String, interval: Interval)] {
    intervals.map { (start: $0.key, interval: $0.value) }.sorted { $0.start < $1.start }
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
    return String(repeating: "#", count: max(1, events * barColumns / most))
  }

  private static func groups(of interval: Interval) -> String {
    let names = names(of: interval.groups).map { "\(SafeText.name($0.name)) \(Quantity.grouped($0.events))" }
    let others = interval.others > 0 ? ["others \(Quantity.grouped(interval.others))"] : []
    return (names + others).joined(separator: ", ")
  }
}
