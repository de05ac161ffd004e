internal import StoreInterface
internal import TextFormats

/// The answer of `GET /counts`.
struct CountsPage: JSONWritable {
  let request: CountRequest
  let counts: EventCounts
  let next: NextPage
  /// The parameters of the request that the server does not know.
  let ignored: [String]

  /// The numbers of events by the beginning of the interval.
  private let sums: [Int64: Int64]

  private var query: CountQuery { request.query }

  func write(to writer: inout JSONWriter) {
    let names = shownNames
    writer.object { writer in
      writer.member("interval_seconds", Int(query.interval / 1_000_000))
      writer.member("since", UTCTime(microseconds: request.times.lowerBound))
      writer.member("until", UTCTime(microseconds: request.times.upperBound))
      writer.member("by", query.filter.clock.rawValue)
      writer.member("group", query.grouping?.rawValue)
      writer.member("events", counts.numbers.values.reduce(0, +))
      writer.member("complete", counts.searchedUntil == nil)
      writer.member("searched_until", counts.searchedUntil.map(UTCTime.init(microseconds:)))
      writer.name("counts")
      writer.array { writer in
        for start in starts { writer.object { write(start, names, to: &$0) } }
      }
      writer.member("next_cursor", next.cursor)
      if !ignored.isEmpty { writer.member("ignored_parameters", ignored) }
    }
  }

  /// The beginnings of the intervals that this answer is about, ascending.
  private var starts: StrideTo<Int64> {
    let lowest = counts.searchedUntil ?? query.times.lowerBound
    return stride(from: query.start(of: lowest), to: query.times.upperBound, by: Int64.Stride(query.interval))
  }

  /// The names with the most events, in that order.
  private var shownNames: [String] {
    var totals: [String: Int64] = [:]
    for (key, number) in counts.numbers { if let name = key.name { totals[name, default: 0] += number } }
    let sorted = totals.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return sorted.prefix(request.limit).map(\.key)
  }

  private func write(_ start: Int64, _ names: [String], to writer: inout JSONWriter) {
    let total = sums[start] ?? 0
    writer.member("start", UTCTime(microseconds: start))
    writer.member("events", total)
    writer.member("complete", max(start, query.times.lowerBound) >= counts.searchedUntil ?? .min)
    guard query.grouping != nil else { return }
    var others = total
    writer.name("groups")
    writer.array { writer in
      for name in names {
        guard let number = counts.numbers[EventCounts.Key(start: start, name: name)] else { continue }
        others -= number
        writer.object { writer in
          writer.member("name", name)
          writer.member("events", number)
        }
      }
    }
    writer.member("others", others)
  }

  init(request: CountRequest, counts: EventCounts, next: NextPage, ignored: [String]) {
    self.request = request
    self.counts = counts
    self.next = next
    self.ignored = ignored
    sums = counts.numbers.reduce(into: [:]) { $0[$1.key.start, default: 0] += $1.value }
  }
}
