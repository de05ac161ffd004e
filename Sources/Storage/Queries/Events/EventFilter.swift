internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Rows of `events` that a query asks for, as conditions of a WHERE with their parameters. What a user sent
/// is always a parameter.
struct EventFilter: Sendable {
  /// Conditions that are joined by AND; never empty.
  private(set) var conditions = ["true"]
  /// Values of `$1`, `$2` …
  private(set) var parameters: [PostgresParameter] = []
  let order: EventQuery.Order

  /// Creates the conditions of `query`, without its limit and offset.
  init(_ query: EventQuery) {
    order = query.order
    if let topic = query.topic { conditions.append("topic = \(place(.text(topic)))") }
    if let permitted = query.permitted {
      let names = place(.texts(permitted.names))
      let prefixes = place(.texts(permitted.prefixes))
      conditions.append("(topic = ANY(\(names)) OR topic ^@ ANY(\(prefixes)))")
    }
    if let source = query.source { conditions.append("source = \(place(.text(source)))") }
    if let eventID = query.eventID { conditions.append("event_id = \(place(.text(eventID)))") }
    if let since = query.since { conditions.append("ts >= \(place(.time(since)))") }
    if let until = query.until { conditions.append("ts < \(place(.time(until)))") }
    if let after = query.after {
      let time = place(.time(after.timestamp))
      let row = "(\(time), \(place(.text(after.eventID))), \(place(.text(after.topic))))"
      // The second condition implies the first, but only the first can use an index on time.
      conditions.append("ts \(isDescending ? "<=" : ">=") \(time)")
      conditions.append("(ts, event_id, topic) \(isDescending ? "<" : ">") \(row)")
    }
  }

  /// Whether the newest events come first.
  var isDescending: Bool { order == .newestFirst }

  /// The whole condition, for WHERE.
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

  /// Returns the query for the first `count` matching events.
  func query(first count: Int) -> PostgresQuery<[EventReference]> {
    precondition(count >= 0, "a number of events")
    var filter = self
    let limit = filter.place(.bigint(Int64(count)))
    return .references(
      PostgresStatement(
        "SELECT ts, event_id, topic FROM events WHERE \(sql) ORDER BY \(ordering) LIMIT \(limit)",
        filter.parameters))
  }
}
