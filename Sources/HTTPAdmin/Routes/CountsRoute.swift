import Hummingbird
import Ingest
import Principals
internal import StoreInterface
internal import TextFormats

/// `GET /counts`: the number of events in each interval of time, also by topic or source.
struct CountsRoute: Route {
  let path = "/counts"
  let access = RouteAccess.role(.read)
  let summary =
    "events per interval: interval, topic (or prefix*), source, event_id, since, until, by, q, field.*, limit, cursor"
  let queries: any EventQueries

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let parameters = QueryParameters(request)
    let ignored = try CountRequest.known.ignored(in: parameters)
    let wanted = try CountRequest(parameters, now: .now, permitted: context.permittedTopics)
    let counts = try await queries.counts(wanted.query)
    guard !counts.hasTooManyNumbers else { throw Problem.tooManyNumbers }
    let next = NextPage(
      counts.searchedUntil.map { wanted.cursor(before: $0, width: counts.width) }, after: request)
    return .json(
      CountsPage(request: wanted, counts: counts, next: next, ignored: ignored), headers: next.fields)
  }
}

/// The parameters of `GET /counts`.
struct CountRequest {
  /// The names of the parameters.
  static let known = KnownParameters(
    EventFilter.parameterNames + ["interval", "limit", "cursor"], prefix: EventFilter.fieldPrefix)
  /// The shortest interval in milliseconds, and the longest.
  static let intervals = 1_000...31 * 86_400_000
  /// Intervals before `until` when there is no `since`.
  private static let defaultIntervals: Int64 = 60

  /// The question.
  let query: CountQuery
  /// The most names whose events are shown.
  let limit: Int
  /// The times of the whole question; `query` may ask for the rest of them.
  let times: Range<Int64>
  private let scope: String

  /// Reads the parameters.
  /// - Throws: a problem that names the bad parameter.
  init(_ parameters: QueryParameters, now: UTCTime, permitted: PermittedTopics?) throws(Problem) {
    let (clock, grouping) = try Self.choices(parameters)
    var filter = try EventFilter(parameters, now: now, clock: clock)
    filter.permitted = permitted
    let interval = try Self.interval(parameters)
    limit = try parameters.integer("limit", in: QueryParameters.pageLimits) ?? 20
    var scope = "counts"
    for name in EventFilter.parameterNames + ["interval"] + filter.fieldNames {
      // No value contains U+0000, so it separates the values.
      scope += "\0" + (try parameters.value(name).map { "\(name)=\($0)" } ?? "")
    }
    self.scope = scope
    let place = try parameters.cursor(for: scope) { CountPlace($0) }
    let end = place?.times.upperBound ?? filter.until ?? now.microseconds
    let (distance, _) = interval.multipliedReportingOverflow(by: Self.defaultIntervals)
    let begin =
      place?.times.lowerBound ?? filter.since ?? end.subtractingReportingOverflow(distance).partialValue
    times = begin..<max(begin, end)
    let (length, overflow) = times.upperBound.subtractingReportingOverflow(times.lowerBound)
    guard !overflow, length / interval < Int64(CountQuery.mostIntervals) else {
      throw .badParameter(
        "interval",
        "There may be at most \(CountQuery.mostIntervals) intervals between since and until; choose a longer one."
      )
    }
    let whole = CountQuery(filter, times: times, interval: interval, grouping: grouping)
    var rest = place.map { whole.ending(at: $0.end) } ?? whole
    rest.width = place?.width
    query = rest
  }

  /// Returns the cursor of the question for the times before `end`.
  /// - Parameter width: The width of slices that the store left.
  func cursor(before end: Int64, width: Int64? = nil) -> String {
    CountPlace(end: end, times: times, width: width ?? 0).cursor.text(for: scope)
  }

  private static func interval(_ parameters: QueryParameters) throws(Problem) -> Int64 {
    guard let text = try parameters.value("interval") else { return 60_000_000 }
    guard let interval = UnitScale.milliseconds.read(text), intervals.contains(interval) else {
      throw .badParameter("interval", "It must be a duration from 1s to 31d, such as 10s, 1m, 1h or 1d.")
    }
    return Int64(interval) * 1_000
  }

  /// Reads `by`: a time, a property that divides the intervals, or both with a comma between them.
  private static func choices(
    _ parameters: QueryParameters
  ) throws(Problem) -> (EventFilter.Clock, CountQuery.Grouping?) {
    var clocks: [EventFilter.Clock] = []
    var groupings: [CountQuery.Grouping] = []
    let words = try parameters.value("by")?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    for word in words.map(String.init) {
      if let clock = EventFilter.Clock(rawValue: word) {
        clocks.append(clock)
      } else if let grouping = CountQuery.Grouping(rawValue: word) {
        groupings.append(grouping)
      } else {
        throw badChoice
      }
    }
    guard clocks.count <= 1, groupings.count <= 1 else { throw badChoice }
    return (clocks.first ?? .eventTime, groupings.first)
  }

  private static let badChoice = Problem.badParameter(
    "by",
    "It must be \"event_time\" or \"processed_at\", or \"topic\" or \"source\", or one of each with a comma between."
  )
}

extension Problem {
  /// A count whose groups do not fit into memory.
  fileprivate static let tooManyNumbers = badParameter(
    "by",
    "The events of a millisecond have more than \(CountQuery.mostCounts) topics or sources. Select fewer with a filter, "
      + "such as topic=orders.*, or count without a group.")
}

/// The place at which a count goes on.
private struct CountPlace {
  let end: Int64
  let times: Range<Int64>
  /// The width of slices that the store left; nil when it left none.
  let width: Int64?

  init(end: Int64, times: Range<Int64>, width: Int64) {
    self.end = end
    self.times = times
    self.width = width > 0 ? width : nil
  }

  /// Reads a cursor of `/counts`; nil when `cursor` is not one.
  init?(_ cursor: PageCursor) {
    // A cursor of an older version has no width.
    guard (3...4).contains(cursor.fields.count), let end = cursor.number(0, as: Int64.self),
      let lower = cursor.number(1, as: Int64.self), let upper = cursor.number(2, as: Int64.self),
      lower <= upper
    else { return nil }
    self.init(end: end, times: lower..<upper, width: cursor.number(3, as: Int64.self) ?? 0)
  }

  var cursor: PageCursor {
    PageCursor([end, times.lowerBound, times.upperBound, width ?? 0].map { PageCursor.bytes(of: $0) })
  }
}
