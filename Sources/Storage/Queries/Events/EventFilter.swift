internal import Ingest

/// Which rows of `events` a query wants, as conditions of a WHERE with their parameters: what a user sent
/// is always a parameter.
struct EventFilter: Sendable {
  /// Joined by AND they are the condition; never empty.
  private(set) var conditions = ["true"]
  /// The values of `$1`, `$2` …
  private(set) var parameters: [PostgresParameter] = []
  let order: EventQuery.Order

  /// The conditions of `query`, but not its limit and offset.
  init(_ query: EventQuery) {
    order = query.order
    if let topic = query.topic { conditions.append("topic = \(place(.text(topic)))") }
    if let source = query.source { conditions.append("source = \(place(.text(source)))") }
    if let eventID = query.eventID { conditions.append("event_id = \(place(.text(eventID)))") }
    if let since = query.since { conditions.append("ts >= \(place(.time(since)))") }
    if let until = query.until { conditions.append("ts < \(place(.time(until)))") }
    if let after = query.after {
      let time = place(.time(after.timestamp))
      let row = "(\(time), \(place(.text(after.eventID))), \(place(.text(after.topic))))"
      // The first condition follows from the second; it is what an index on time can use.
      conditions.append("ts \(isDescending ? "<=" : ">=") \(time)")
      conditions.append("(ts, event_id, topic) \(isDescending ? "<" : ">") \(row)")
    }
  }

  /// Whether the newest come first.
  var isDescending: Bool { order == .newestFirst }

  /// The whole condition.
  var sql: String { conditions.joined(separator: " AND ") }

  /// The order of the query, for ORDER BY.
  var ordering: String { isDescending ? "ts DESC, event_id DESC, topic DESC" : "ts, event_id, topic" }

  /// Adds a condition.
  mutating func require(_ condition: String) {
    conditions.append(condition)
  }

  /// Adds a parameter.
  /// - Returns: its `$n`.
  mutating func place(_ parameter: PostgresParameter) -> String {
    parameters.append(parameter)
    return "$\(parameters.count)"
  }

  /// The statement that returns the first `count` matching rows as ts, event_id, topic.
  func statement(first count: Int) -> PostgresStatement {
    var filter = self
    let limit = filter.place(.bigint(Int64(count)))
    return PostgresStatement(
      "SELECT ts, event_id, topic FROM events WHERE \(sql) ORDER BY \(ordering) LIMIT \(limit)",
      filter.parameters)
  }
}
