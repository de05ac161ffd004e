internal import Ingest
internal import PostgresClient
internal import StoreInterface

/// Conditions of a WHERE about rows of `events`, with their parameters. What a user sent is always a parameter.
struct EventConditions: Sendable {
  /// Conditions that are joined by AND; never empty.
  private(set) var conditions = ["true"]
  /// Values of `$1`, `$2` …
  private(set) var parameters: [PostgresParameter]
  /// The column of the time by which the filter bounds and orders events.
  let time: String
  /// Whether the newest events come first.
  let isDescending: Bool
  /// Columns of `events` that the conditions and the order use.
  private(set) var columns: Set<String>

  /// Creates the conditions of `filter`.
  /// - Parameter parameters: The parameters that the statement already has.
  init(_ filter: EventFilter, after parameters: [PostgresParameter] = [], isDescending: Bool = true) {
    self.parameters = parameters
    self.isDescending = isDescending
    time = filter.clock.column
    columns = [time, "event_id", "topic"]
    requireTopics(of: filter)
    if let source = filter.source {
      columns.insert("source")
      require("source = \(place(.text(source)))")
    }
    if let eventID = filter.eventID { require("event_id = \(place(.text(eventID)))") }
    if let since = filter.since { require("\(time) >= \(place(Self.bound(since)))") }
    if let until = filter.until { require("\(time) < \(place(Self.bound(until)))") }
    requirePayload(of: filter)
  }

  /// Creates the conditions of `query`, without its limit and offset.
  init(_ query: EventQuery) {
    self.init(query.filter, isDescending: query.isDescending)
    if let start = query.start {
      require("\(time) \(isDescending ? "<=" : ">=") \(place(Self.bound(start)))")
    }
    if let after = query.after {
      // The condition above follows from this one, but only that one can use an index on time.
      let row =
        "(\(place(Self.bound(after.timestamp))), \(place(.text(after.eventID))), \(place(.text(after.topic))))"
      require("(\(time), event_id, topic) \(isDescending ? "<" : ">") \(row)")
    }
  }

  private init(topicsOf filter: EventFilter, after parameters: [PostgresParameter]) {
    self.parameters = parameters
    isDescending = true
    time = filter.clock.column
    columns = []
    requireTopics(of: filter)
  }

  /// Creates the conditions of `filter` about topics alone.
  /// - Parameter parameters: The parameters that the statement already has.
  static func topics(of filter: EventFilter, after parameters: [PostgresParameter]) -> EventConditions {
    EventConditions(topicsOf: filter, after: parameters)
  }

  /// The whole condition, for WHERE.
  var sql: String { conditions.joined(separator: " AND ") }

  /// The order of the query, for ORDER BY.
  var ordering: String {
    isDescending ? "\(time) DESC, event_id DESC, topic DESC" : "\(time), event_id, topic"
  }

  /// The columns of a reference to an event, for SELECT.
  var reference: String { "\(time), event_id, topic" }

  /// Adds a condition.
  mutating func require(_ condition: String) {
    conditions.append(condition)
  }

  /// The first time that Postgres can store, in microseconds since 1970: 4714-11-24 BC
  /// (https://www.postgresql.org/docs/current/datatype-datetime.html). No event is earlier.
  static let firstTime: Int64 = -210_866_803_200_000_000

  /// The parameter for a bound of a range of times. Postgres would refuse a time before `firstTime`.
  static func bound(_ time: Int64) -> PostgresParameter { .time(max(time, firstTime)) }

  /// Adds a parameter.
  /// - Returns: its `$n`.
  mutating func place(_ parameter: PostgresParameter) -> String {
    parameters.append(parameter)
    return "$\(parameters.count)"
  }

  /// Adds the parameters of other conditions, which began with the parameters of these.
  mutating func takeParameters(of other: EventConditions) {
    precondition(
      other.parameters.count >= parameters.count, "the other conditions began with these parameters")
    parameters = other.parameters
  }

  /// Returns the query for the first `count` matching events.
  func query(first count: Int) -> PostgresQuery<[EventReference]> {
    precondition(count >= 0, "a number of events")
    var all = self
    let limit = all.place(.bigint(Int64(count)))
    return .references(
      PostgresStatement(
        "SELECT \(reference) FROM events WHERE \(sql) ORDER BY \(ordering) LIMIT \(limit)", all.parameters))
  }

  private mutating func requireTopics(of filter: EventFilter) {
    switch filter.topics {
    case .all: break
    case .one(let topic): require("topic = \(place(.text(topic)))")
    case .prefix(let prefix): require("topic ^@ \(place(.text(prefix)))")
    }
    if let permitted = filter.permitted {
      let names = place(.texts(permitted.names))
      let prefixes = place(.texts(permitted.prefixes))
      require("(topic = ANY(\(names)) OR topic ^@ ANY(\(prefixes)))")
    }
  }

  /// Adds the conditions about the payload. Only ASCII letters are compared without case (`COLLATE "C"`), so that the
  /// answer does not depend on the locale of the database.
  private mutating func requirePayload(of filter: EventFilter) {
    if let text = filter.text {
      columns.insert("payload")
      require("strpos(lower(payload::text COLLATE \"C\"), \(place(.text(text.lowercasedASCII)))) > 0")
    }
    for field in filter.fields {
      columns.insert("payload")
      let value = place(.text(field.value))
      let path = place(.texts(field.path))
      let choices = ["to_jsonb(\(value)::text)"] + (field.isToken ? ["\(value)::jsonb"] : [])
      require("(payload #> \(path))::jsonb IN (\(choices.joined(separator: ", ")))")
    }
  }
}

extension EventFilter.Clock {
  /// The column of `events` with this time.
  var column: String {
    switch self {
    case .eventTime: "ts"
    case .processedAt: "processed_at"
    }
  }
}

extension EventQuery {
  /// The time at which the page begins, in the order of the query; nil when the order itself is the beginning.
  var start: Int64? { after?.timestamp ?? from }
}

extension String {
  /// The text with the ASCII letters in lower case, as `lower` makes it with the collation C.
  var lowercasedASCII: String {
    String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
