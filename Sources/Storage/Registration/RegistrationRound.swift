internal import Ingest
internal import PostgresClient
internal import StoreInterface
internal import WireProtocol

/// The transaction that answers registrations of different producers, sorted by producer.
struct RegistrationRound {
  let registrations: [ProducerRegistration]
  /// Whether a registration becomes the owner of a producer that has none (`auth.adopt`).
  let adopts: Bool

  init(_ registrations: [ProducerRegistration], adopts: Bool = false) {
    self.adopts = adopts
    assert(
      zip(registrations, registrations.dropFirst()).allSatisfy { $0.producer < $1.producer },
      "one row for each producer, sorted: else statements fail or deadlock")
    self.registrations = registrations
  }

  /// Runs the transaction. The answers are durable when it returns. Nil for a producer whose row another
  /// transaction has locked; such a registration must be tried again.
  func run(
    over connection: PostgresConnection, identity: StoreIdentity, incarnation: StoreIncarnation
  ) throws(PostgresError) -> [Result<RegistrationGrant, RegistrationError>?] {
    let producers = PostgresParameter.uuids(registrations.map(\.producer))
    let bases = PostgresParameter.bigints(registrations.map { Int64(clamping: $0.base) })
    let spans = PostgresParameter.bigints(registrations.map { Int64($0.span) })
    var statements = StatementList()
    statements.add(PostgresStatement("BEGIN"))
    let lockedSlot = statements.add(Self.lock(producers))
    let rowsSlot = statements.add(register(producers, bases))
    let ownersSlot = statements.add(Self.owners(of: producers))
    let settledSlot = statements.add(Self.settledSequences(of: producers, bases, spans))
    let highestSlot = statements.add(Self.highestSequences(of: producers))
    let commitSlot = statements.add(PostgresQuery.commit)
    let results = try connection.pipeline(statements)
    guard results[commitSlot] == "COMMIT", connection.warnings.first == nil else {
      throw PostgresError.lost("the COMMIT of a registration was not confirmed")
    }
    let (locked, rows, owners) = (results[lockedSlot], results[rowsSlot], results[ownersSlot])
    let (settled, highest) = (results[settledSlot], results[highestSlot])
    return registrations.map { registration in
      let producer = registration.producer
      guard let row = rows[producer] else {
        // Another transaction holds the row, so the statement did not look at it.
        guard locked.contains(producer) else { return nil }
        let owner = owners[producer]
        let isOwn = owner == registration.origin.owner.storable || (adopts && owner?.isEmpty == true)
        return .failure(isOwn ? .stale : .notYours)
      }
      assert(row.session > 0, "every registration advances the session")
      return .success(
        RegistrationGrant(
          session: row.session, floor: row.floor,
          highest: max(row.floor, highest[producer] ?? 0), settled: settled[producer] ?? [],
          lineage: identity.lineage, durability: identity.durability,
          incarnation: incarnation))
    }
  }

  /// Locks the rows that are free. A row that another transaction holds must not delay the others of the
  /// round.
  private static let lock = """
    SELECT producer FROM producers WHERE producer = ANY($1::uuid[]) ORDER BY producer
    FOR NO KEY UPDATE SKIP LOCKED
    """

  /// Locks the rows that are free, and reads their producers.
  private static func lock(_ producers: PostgresParameter) -> PostgresQuery<Set<ProducerID>> {
    PostgresQuery(PostgresStatement(lock, [producers])) { rows in
      Set((0..<rows.rowCount).compactMap { rows.producer($0, 0) })
    }
  }

  /// Registers the producers. If the statement returns no row for a producer, either another owner has it, or
  /// its base is at or below the floor. The latter means that the client is a stale copy, so the session is
  /// not advanced and the session of the current producer stays the newest.
  ///
  /// A producer that was forgotten and comes back begins above the sessions of all forgotten producers, which
  /// include its own.
  private static let register = """
    WITH free AS (\(lock))
    INSERT INTO producers AS p (producer, owner, name, single_batch, session)
    SELECT u.producer, u.owner, u.name, u.single = 1, 1 + coalesce(
      (SELECT session FROM producers WHERE producer = '\(ForgottenProducers.id)'), 0)
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[])
      AS u(producer, owner, name, single, base)
    WHERE u.producer IN (SELECT producer FROM free)
      OR NOT EXISTS (SELECT FROM producers q WHERE q.producer = u.producer)
    ORDER BY u.producer
    ON CONFLICT (producer) DO UPDATE
      SET session = p.session + 1, owner = EXCLUDED.owner, name = EXCLUDED.name, seen_at = now()
      WHERE (p.owner = EXCLUDED.owner OR ($6 = 1 AND p.owner = ''))
        AND p.floor < (SELECT u.base FROM unnest($1::uuid[], $5::bigint[]) AS u(producer, base)
          WHERE u.producer = p.producer)
    RETURNING producer, session, floor
    """

  /// Runs `register`, and reads the session and floor of each registered producer.
  private func register(
    _ producers: PostgresParameter, _ bases: PostgresParameter
  ) -> PostgresQuery<[ProducerID: (session: Int64, floor: UInt64)]> {
    let statement = PostgresStatement(
      Self.register,
      [
        producers, .texts(registrations.map { $0.origin.owner.storable }),
        .texts(registrations.map { $0.origin.name.storable }),
        .ints(registrations.map { $0.origin.isSingleBatch ? 1 : 0 }), bases,
        .bigint(adopts ? 1 : 0),
      ])
    return PostgresQuery(statement) { rows in
      rows.byProducer { row in
        guard let session = rows.integer(row, 1), let floor = rows.integer(row, 2) else { return nil }
        return (session, UInt64(clamping: floor))
      }
    }
  }

  /// Reads the owners, which tell why a producer got no session.
  private static func owners(of producers: PostgresParameter) -> PostgresQuery<[ProducerID: String]> {
    let statement = PostgresStatement(
      "SELECT producer, owner FROM producers WHERE producer = ANY($1::uuid[])", [producers])
    return PostgresQuery(statement) { rows in rows.byProducer { rows.string($0, 1) } }
  }

  /// Reads the sequences within each span. The subtraction keeps the bound from overflowing.
  private static func settledSequences(
    of producers: PostgresParameter, _ bases: PostgresParameter, _ spans: PostgresParameter
  ) -> PostgresQuery<[ProducerID: [UInt64]]> {
    let statement = PostgresStatement(
      """
      SELECT b.producer, b.sequence FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
        AS u(producer, base, span)
      JOIN batches b ON b.producer = u.producer AND b.sequence >= u.base AND b.sequence - u.base < u.span
      ORDER BY b.producer, b.sequence
      """, [producers, bases, spans])
    return PostgresQuery(statement) { rows in
      var settled: [ProducerID: [UInt64]] = [:]
      for row in 0..<rows.rowCount {
        guard let producer = rows.producer(row, 0), let sequence = rows.integer(row, 1) else { continue }
        settled[producer, default: []].append(UInt64(clamping: sequence))
      }
      return settled
    }
  }

  /// Reads the highest sequence of each producer. Rows below the floor may be pruned, so the floor counts,
  /// too.
  private static func highestSequences(
    of producers: PostgresParameter
  ) -> PostgresQuery<[ProducerID: UInt64]> {
    let statement = PostgresStatement(
      """
      SELECT u.producer, b.sequence FROM unnest($1::uuid[]) AS u(producer), LATERAL (
        SELECT sequence FROM batches WHERE producer = u.producer ORDER BY sequence DESC LIMIT 1) b
      """, [producers])
    return PostgresQuery(statement) { rows in
      rows.byProducer { rows.integer($0, 1).map { UInt64(clamping: $0) } }
    }
  }
}

extension PostgresResult {
  /// The values of the rows by the producer in the first column. Rows without a value are left out.
  fileprivate func byProducer<Value>(_ value: (_ row: Int) -> Value?) -> [ProducerID: Value] {
    var values: [ProducerID: Value] = [:]
    for row in 0..<rowCount {
      guard let producer = producer(row, 0) else { continue }
      values[producer] = value(row)
    }
    return values
  }
}

extension String {
  /// The text without U+0000, which Postgres cannot store: a client's name must not fail the other rows of
  /// its statement.
  var storable: String {
    utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
  }
}
