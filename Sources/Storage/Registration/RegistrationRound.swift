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
    let answers = try connection.pipeline([
      PostgresStatement("BEGIN"),
      PostgresStatement(
        Self.register,
        [
          producers, .texts(registrations.map { Self.storable($0.owner) }),
          .texts(registrations.map { Self.storable($0.name) }),
        ]),
      PostgresStatement(
        Self.settledSequences,
        [
          producers, .bigints(registrations.map { Int64(clamping: $0.base) }),
          .bigints(registrations.map { Int64($0.span) }),
        ]),
      PostgresStatement("COMMIT"),
    ])
    guard answers[3].commandTag == "COMMIT", connection.warnings.first == nil else {
      throw PostgresError.lost("the COMMIT of a registration was not confirmed")
    }
    let sessions = Self.sessions(answers[1])
    let settled = Self.settled(answers[2])
    return registrations.map {
      answer(to: $0, sessions[$0.producer], settled[$0.producer] ?? [], identity)
    }
  }

  /// No row for a producer means that somebody else owns it.
  private static let register = """
    INSERT INTO producers AS p (producer, owner, name)
    SELECT u.producer, u.owner, u.name FROM unnest($1::uuid[], $2::text[], $3::text[])
      AS u(producer, owner, name) ORDER BY u.producer
    ON CONFLICT (producer) DO UPDATE SET session = p.session + 1, name = EXCLUDED.name, seen_at = now()
      WHERE p.owner = EXCLUDED.owner
    RETURNING producer, session, floor
    """

  /// Written so that the bound can not overflow.
  private static let settledSequences = """
    SELECT b.producer, b.sequence FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
      AS u(producer, base, span)
    JOIN batches b ON b.producer = u.producer AND b.sequence >= u.base AND b.sequence - u.base < u.span
    ORDER BY b.producer, b.sequence
    """

  private func answer(
    to registration: ProducerRegistration, _ row: (session: Int64, floor: UInt64)?, _ settled: [UInt64],
    _ identity: StoreIdentity
  ) -> Result<ProducerSession, RegistrationError> {
    guard let row else { return .failure(.notYours) }
    guard registration.base > row.floor else { return .failure(.stale) }
    return .success(
      ProducerSession(
        session: row.session, floor: row.floor, settled: settled, lineage: identity.lineage,
        durability: identity.durability))
  }

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

  /// Postgres's text holds no U+0000: one client's name must not fail the registrations of others.
  private static func storable(_ text: String) -> String {
    text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
  }
}
