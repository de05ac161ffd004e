internal import PostgresClient

/// The rows of `topic_spans` that cover the events of one topic, or of all topics: those of the topic itself, and those
/// of the buckets that groups with very many topics list it in.
struct SpanSource: Sendable {
  private let topic: String?
  private let bucket: TopicBucket?

  /// The rows of `topic`, or of all topics together for nil.
  init(_ topic: String?) {
    self.topic = topic
    bucket = topic.map { topic in
      let bytes = Array(topic.utf8)
      return TopicBucket(of: bytes.span.bytes)
    }
  }

  /// The value of `$1` in `rows`.
  var parameter: PostgresParameter { .text(topic ?? "") }

  /// Returns the query for the rows that meet `conditions`, which may have parameters from `$2` on.
  func rows(where conditions: [String]) -> String {
    func rows(_ selection: String) -> String {
      // A negative number is the correction of a purge and covers no event.
      let all = [selection, "n >= 0"] + conditions
      return "SELECT group_id, n, min_ts, max_ts, listed, bucket FROM topic_spans"
        + " WHERE \(all.joined(separator: " AND "))"
    }
    guard let bucket else { return rows("topic = $1") }
    let buckets = TopicBucket.Grain.allCases.map { grain in
      let number = bucket.number(grain)
      return rows("topic = '\(TopicBucket.name(of: number))' AND bucket = \(number)")
    }
    return ([rows("topic = $1 AND bucket = 0")] + buckets).joined(separator: " UNION ALL ")
  }

  /// Reads a row of `rows`.
  /// - Parameter isWithin: Whether events of a time are wanted.
  func span(_ rows: PostgresResult, _ row: Int, listing isWithin: (Int64) -> Bool) -> SpanSearch.Span {
    let isOfBucket = (rows.integer(row, 5) ?? 0) > 0
    let first = rows.time(row, 2) ?? .min
    return SpanSearch.Span(
      group: rows.integer(row, 0) ?? 0, count: Int(rows.integer(row, 1) ?? 0),
      times: first...max(first, rows.time(row, 3) ?? .max),
      listed: rows.withField(row, 4) {
        ListedEvents.events(in: $0.bytes, tag: isOfBucket ? bucket?.tag : nil, where: isWithin)
      } ?? nil)
  }
}
