internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// The result of a search for the first events of a query.
struct SearchFindings: Sendable {
  /// The first events, in the order of the query.
  let events: [EventReference]
  /// The time from which another search goes on; nil when these are all events that were asked for, or all there are.
  let continuation: Int64?
  /// Width of the slices of time at the end of the search; nil for a search without slices.
  var width: Int64?
}

/// Finds events slice by slice, where no index has the order of the query.
struct SliceSearch {
  private let query: EventQuery
  private let count: Int
  private let rows: SliceRows
  private let transaction: SearchTransaction
  private let pace: SearchPace

  /// Creates a search for the first `count` events, in the transaction that is open.
  init(
    _ query: EventQuery, count: Int, _ table: EventTable, in transaction: SearchTransaction, pace: SearchPace
  ) {
    precondition(count >= 1, "a search looks for an event")
    self.pace = pace
    self.query = query
    self.count = count
    self.transaction = transaction
    rows = SliceRows(query.filter, table)
  }

  /// Runs the search.
  func run(within budget: SearchBudget) throws(PostgresError) -> SearchFindings {
    var walk = try SliceWalk(query, budget: budget, rows, in: transaction)
    var found: [EventReference] = []
    while let slice = walk.next {
      let started = ContinuousClock.now
      let events = try transaction.attempt(
        references(in: slice, first: count - found.count), after: [rows.preparation], within: walk.timeout)
      guard let events else {
        walk.gaveUp(after: started.duration(to: .now))
        continue
      }
      found += events
      assert(found.count <= count, "a slice yields no more than is asked for")
      if found.count == count { return SearchFindings(events: found, continuation: nil) }
      let isSlow = walk.isSlow(started.duration(to: .now))
      let wasEmpty = try events.isEmpty && isSlow ? rows.isEmpty(slice, in: transaction) : false
      walk.read(in: started.duration(to: .now), wasEmpty: wasEmpty, spend: pace.spend(_:of:))
    }
    return SearchFindings(events: found, continuation: walk.continuation, width: walk.width)
  }

  private func references(in slice: Range<Int64>, first count: Int) -> PostgresQuery<[EventReference]> {
    var conditions = EventConditions(query)
    let source = rows.source(of: slice, with: &conditions)
    let limit = conditions.place(.bigint(Int64(count)))
    return .references(
      PostgresStatement(
        """
        \(source.with)SELECT \(conditions.reference) FROM \(source.rows) WHERE \(conditions.sql)
        ORDER BY \(conditions.ordering) LIMIT \(limit)
        """, conditions.parameters))
  }
}

extension SliceWalk {
  /// Creates the walk of `query`. If the query has no beginning, it is the present, or the time of the oldest event.
  init(
    _ query: EventQuery, budget: SearchBudget, _ rows: SliceRows, in transaction: SearchTransaction
  ) throws(PostgresError) {
    var budget = budget
    let started = ContinuousClock.now
    let times = query.times
    let known = query.isDescending ? (times.upperBound < .max ? times.upperBound : nil) : query.lowerBound
    let beginning: Int64
    if let known {
      beginning = known
    } else {
      let now = try transaction.connection.query("SELECT now()").time(0, 0) ?? 0
      beginning = query.isDescending ? now : try rows.oldest(before: now, in: transaction)
      budget.spend(started.duration(to: .now))
    }
    self.init(
      over: times, isDescending: query.isDescending, beginning: beginning, budget: budget, width: query.width,
      isRemote: rows.isRemote)
  }
}

extension EventQuery {
  /// The times of the page and of all later ones; empty when there are none.
  var times: Range<Int64> {
    var (lower, upper) = (filter.since ?? .min, filter.until ?? .max)
    if let start {
      if isDescending {
        upper = min(upper, start == .max ? .max : start + 1)
      } else {
        lower = max(lower, start)
      }
    }
    return lower..<max(lower, upper)
  }

  /// The lower bound of `times`, if there is one.
  fileprivate var lowerBound: Int64? { times.lowerBound > .min ? times.lowerBound : nil }
}
