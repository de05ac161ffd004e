internal import Ingest
internal import WireProtocol

/// The one transaction that answers registrations of different producers, sorted by producer.
struct RegistrationRound {
  let registrations: [ProducerRegistration]

  init(_ registrations: [ProducerRegistration]) {
    assert(
      zip(registrations, registrations.dropFirst()).allSatisfy { $0.producer < $1.producer },
      "one row for each producer, sorted: else statements fail or wait in a circle")
    self.registrations = registrations
  }

  /// Runs it. The answers are durable when it returns.
  func run(
    over connection: PostgresConnection, identity: StoreIdentity
  ) throws(PostgresError) -> [Result<ProducerSession, RegistrationError>] {
    let producers = PostgresParameter.uuids(registrations.map(\.producer))
    let bases = PostgresParameter.bigints(registrations.map { Int64(clamping: $0.base) })
    let answers = try connection.pipeline([
      PostgresStatement("BEGIN"),
      PostgresStatement(
        Self.register,
        [
          producers, .texts(registrations.map { $0.origin.owner.storable }),
          .texts(registrations.map { $0.origin.name.storable }),
          .ints(registrations.map { $0.origin.isSingleBatch ? 1 : 0 }), bases,
        ]),
      PostgresStatement(Self.owners, [producers]),
      PostgresStatement(
        Self.settledSequences, [producers, bases, .bigints(registrations.map { Int64($0.span) })]),
      PostgresStatement("COMMIT"),
    ])
    guard answers[4].commandTag == "COMMIT", connection.warnings.first == nil else {
      throw PostgresError.lost("the COMMIT of a registration was not confirmed")
    }
    let sessions = Self.sessions(answers[1])
    let owners = Self.owners(answers[2])
    let settled = Self.settled(answers[3])
    return registrations.map { registration in
      let producer = registration.producer
      guard let row = sessions[producer] else {
        let isOwn = owners[producer] == registration.origin.owner.storable
        return .failure(isOwn ? .stale : .notYours)
      }
      return .success(
        ProducerSession(
          session: row.session, floor: row.floor, settled: settled[producer] ?? [],
          lineage: identity.lineage, durability: identity.durability))
    }
  }

  /// No row for a producer means that somebody else owns it, or that its base is at or below the floor:
  /// then it is a copy that speaks, and the living producer's session stays the newest.
  ///
  /// A producer that was forgotten and comes back begins above all sessions of forgotten ones, among which
  /// are its own.
  private static let register = """
    INSERT INTO producers AS p (producer, owner, name, single_batch, session)
    SELECT u.producer, u.owner, u.name, u.single = 1, 1 + coalesce(
      (SELECT session FROM producers WHERE producer = '\(ForgottenProducers.id)'), 0)
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[])
      AS u(producer, owner, name, single, base) ORDER BY u.producer
    ON CONFLICT (producer) DO UPDATE SET session = p.session + 1, name = EXCLUDED.name, seen_at = now()
      WHERE p.owner = EXCLUDED.owner
        AND p.floor < (SELECT u.base FROM unnest($1::uuid[], $5::bigint[]) AS u(producer, base)
          WHERE u.producer = p.producer)
    RETURNING producer, session, floor
    """

  /// Why a producer got no session.
  private static let owners = "SELECT producer, owner FROM producers WHERE producer = ANY($1::uuid[])"

  /// Written so that the bound can not overflow.
  private static let settledSequences = """
    SELECT b.producer, b.sequence FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
      AS u(producer, base, span)
    JOIN batches b ON b.producer = u.producer AND b.sequence >= u.base AND b.sequence - u.base < u.span
    ORDER BY b.producer, b.sequence
    """

  private static func sessions(_ rows: PostgresResult) -> [ProducerID: (session: Int64, floor: UInt64)] {
    var sessions: [ProducerID: (session: Int64, floor: UInt64)] = [:]
    for row in 0..<rows.rowCount {
      guard let producer = rows.uuid(row, 0), let session = rows.integer(row, 1),
        let floor = rows.integer(row, 2)
      else { continue }
      sessions[producer] = (session, UInt64(clamping: floor))
    }
    return sessions
  }

  private static func settled(_ rows: PostgresResult) -> [ProducerID: [UInt64]] {
    var settled: [ProducerID: [UInt64]] = [:]
    for row in 0..<rows.rowCount {
      guard let producer = rows.uuid(row, 0), let sequence = rows.integer(row, 1) else { continue }
      settled[producer, default: []].append(UInt64(clamping: sequence))
    }
    return settled
  }

  private static func owners(_ rows: PostgresResult) -> [ProducerID: String] {
    var owners: [ProducerID: String] = [:]
    for row in 0..<rows.rowCount {
      guard let producer = rows.uuid(row, 0) else { continue }
      owners[producer] = rows.string(row, 1)
    }
    return owners
  }
}

extension String {
  /// Itself as Postgres can hold it, without U+0000: one client's name must not fail what it shares a
  /// statement with.
  var storable: String {
    utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
  }
}
