internal import PostgresClient
internal import StoreInterface

/// Topics that were stored since the list of topics was read, so that a new topic is listed at once.
enum NewTopics {
  /// Returns those of `names` that `list` lacks. Both are sorted byte by byte.
  static func names(_ names: TopicNames, notIn list: TopicList) -> [String] {
    var rest = list.topics[...]
    return names.names.filter { name in
      rest = rest.drop { $0.name.utf8.lexicographicallyPrecedes(name.utf8) }
      return !(rest.first.map { $0.name.utf8.elementsEqual(name.utf8) } ?? false)
    }
  }

  /// Returns the figures of the topics `names`, by the index of events that exists. Without an index there are none,
  /// because every event would have to be read. Events of groups that list by bucket are left out for the same reason,
  /// until the list is read again.
  static func figures(
    of names: [String], over connection: PostgresConnection
  ) throws(PostgresError) -> [TopicList.Topic] {
    let figures: String
    var condition = "topic = t.name"
    switch try EventIndexChange(connection: connection).current() {
    case .spans:
      figures = "sum(n)::bigint AS events, max(max_ts) AS latest FROM topic_spans"
      condition += " AND bucket = 0"
    case .btree: figures = "count(*) AS events, max(ts) AS latest FROM events"
    case .none: return []
    }
    var statements = StatementList()
    statements.add(TopicIndex.prefer)
    let topics = statements.add(
      PostgresQuery(
        PostgresStatement(
          """
          SELECT t.name, f.events, f.latest FROM unnest($1::text[]) AS t(name)
          CROSS JOIN LATERAL (SELECT \(figures) WHERE \(condition)) AS f WHERE f.events > 0
          """, [.texts(names)])
      ) { rows in
        (0..<rows.rowCount).map { row in
          TopicList.Topic(
            name: rows.string(row, 0) ?? "", events: rows.integer(row, 1) ?? 0, latest: rows.time(row, 2) ?? 0
          )
        }
      })
    return try connection.pipeline(statements)[topics]
  }
}

extension TopicList {
  /// Returns the list with `topics`, which it lacks.
  func adding(_ topics: [Topic]) -> TopicList {
    let all = (self.topics + topics).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return TopicList(topics: Array(all.prefix(Self.limit)), count: count + topics.count, asOf: asOf)
  }
}
