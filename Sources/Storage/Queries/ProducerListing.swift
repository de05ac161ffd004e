internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// A page of producers in one of their orders.
enum ProducerListing {
  /// Returns the producers of `query`. Ledger rows are added up only for the producers of the page, except in the order
  /// of received events, which needs those of all producers.
  static func read(
    _ query: ProducerQuery, over connection: PostgresConnection
  ) throws(PostgresError) -> ProducerList {
    var parameters: [PostgresParameter] = []
    func place(_ parameter: PostgresParameter) -> String {
      parameters.append(parameter)
      return "$\(parameters.count)"
    }
    // The row of forgotten producers always exists; it is listed once it has sums.
    var selection = "(producer <> '\(ForgottenProducers.id)' OR batches > 0)"
    if let only = query.only { selection += " AND producer = ANY(\(place(.uuids(only))))" }
    if !query.without.isEmpty {
      selection += " AND producer <> ALL(\(place(.uuids(query.without))))"
    }
    // No stored text holds U+0000, and Postgres would refuse to compare with it.
    guard !query.texts.contains(where: { $0.utf8.contains(0) }) else {
      return ProducerList(producers: [], count: 0)
    }
    switch query.names {
    case .all: break
    case .one(let name): selection += " AND name = \(place(.text(name)))"
    case .prefix(let prefix): selection += " AND name ^@ \(place(.text(prefix)))"
    }
    if let text = query.text {
      let text = place(.text(text.lowercasedASCII))
      selection +=
        #" AND (strpos(lower(name COLLATE "C"), \#(text)) > 0 OR strpos(producer::text, \#(text)) > 0)"#
    }
    let total = try connection.query("SELECT count(*) FROM producers WHERE \(selection)", parameters)
    let count = Int(total.integer(0, 0) ?? 0)
    var rest = "true"
    if let after = query.after {
      guard !after.name.utf8.contains(0) else { return ProducerList(producers: [], count: count) }
      let row = [PostgresParameter.bigint(after.rank), .text(after.name), .uuid(after.producer)]
      rest = #"(rank, name COLLATE "C", producer) > "# + "(\(row.map(place).joined(separator: ", ")))"
    }
    let rows = try connection.query(
      """
      SELECT p.producer, p.name, p.owner, p.session, p.floor, p.seen_at, p.batches + l.batches,
        p.received + l.received, p.unique_ + l.unique_, p.duplicate + l.duplicate, p.dead + l.dead
      FROM (SELECT * FROM (SELECT producers.*, \(ranking(query.order)) WHERE \(selection)) AS p
        WHERE \(rest) ORDER BY rank, name COLLATE "C", producer LIMIT \(place(.bigint(Int64(query.limit))))) AS p
      CROSS JOIN LATERAL (
        SELECT count(*) AS batches, coalesce(sum(received), 0)::bigint AS received,
          coalesce(sum(unique_), 0)::bigint AS unique_, coalesce(sum(duplicate), 0)::bigint AS duplicate,
          coalesce(sum(dead), 0)::bigint AS dead
        FROM batches WHERE producer = p.producer) l
      ORDER BY p.rank, p.name COLLATE "C", p.producer
      """, parameters)
    return ProducerList(producers: (0..<rows.rowCount).map { producer(rows, $0) }, count: count)
  }

  /// Returns the rank of a row of `producers`, as `ProducerQuery.place(of:)` computes it, and the tables for it.
  private static func ranking(_ order: ProducerQuery.Order) -> String {
    switch order {
    case .name: "0::bigint AS rank FROM producers"
    case .seen: "~(extract(epoch FROM seen_at) * 1000000)::bigint AS rank FROM producers"
    case .received:
      """
      ~(producers.received + coalesce(kept, 0)) AS rank FROM producers
        LEFT JOIN (SELECT producer, sum(received)::bigint AS kept FROM batches GROUP BY producer) b USING (producer)
      """
    }
  }

  private static func producer(_ rows: PostgresResult, _ row: Int) -> StoredProducer {
    func number(_ column: Int) -> Int64 { rows.integer(row, column) ?? 0 }
    return StoredProducer(
      producer: rows.producer(row, 0) ?? ProducerID(high: 0, low: 0), name: rows.string(row, 1) ?? "",
      owner: rows.string(row, 2) ?? "", session: number(3), floor: number(4), seenAt: rows.time(row, 5) ?? 0,
      batches: number(6),
      counts: AuditReport.Counts(
        received: number(7), unique: number(8), duplicate: number(9), dead: number(10)))
  }
}

extension ProducerQuery {
  /// The texts of the query that are compared with stored texts.
  fileprivate var texts: [String] {
    switch names {
    case .all: [text].compactMap(\.self)
    case .one(let name): [name] + [text].compactMap(\.self)
    case .prefix(let prefix): [prefix] + [text].compactMap(\.self)
    }
  }
}
