internal import Base
internal import PostgresClient
internal import WireProtocol

/// The right to do what one server at a time does: a row of `leases` that names its holder and the end.
///
/// The clock of the database decides. No session holds the lease, so a pooler that keeps sessions cannot keep
/// it, and a server that was killed loses it at its end. What is done under a lease must be right without it,
/// too, because a holder may be stopped for any time between asking and acting; the lease keeps servers from
/// doing the same work twice.
final class Lease {
  /// Time for which the lease is taken and kept. Longer than a statement may run, so that a lease does not
  /// end below a statement that began with a fresh one.
  static let duration = Duration.seconds(60)
  private let connection: PostgresConnection
  private let name: String
  private let holder: ProducerID
  /// Age at which the lease is extended.
  private let extendsAfter: Duration
  /// When the lease was last extended; nil while it is not held.
  private var extendedAt: ContinuousClock.Instant?

  /// - Parameters:
  ///   - name: what the lease is for.
  ///   - holder: a random number of this process.
  ///   - extendsAfter: age at which the lease is extended. The rest of its time is more than a statement may
  ///     take.
  init(
    _ name: String, holder: ProducerID, connection: PostgresConnection, extendsAfter: Duration = .seconds(15)
  ) {
    precondition(extendsAfter < Self.duration, "a lease is extended before it ends")
    self.extendsAfter = extendsAfter
    self.name = name
    self.holder = holder
    self.connection = connection
  }

  /// Takes the lease, unless another holder has it.
  /// - Returns: whether this holder has it now.
  func take() throws(PostgresError) -> Bool {
    let now = ContinuousClock.now
    let taken = try connection.query(
      """
      INSERT INTO leases AS l (name, holder, held_until)
      VALUES ($1, $2, clock_timestamp() + $3::bigint * interval '1 ms')
      ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
      WHERE l.holder = EXCLUDED.holder OR l.held_until <= clock_timestamp()
      """, parameters + [.bigint(Self.duration.wholeMilliseconds)])
    extendedAt = taken.affectedRows == 1 ? now : nil
    return extendedAt != nil
  }

  /// Asks before each step whether the lease is still held, and extends it in time.
  /// - Returns: false when it ran out, or when another holder has it. Then nothing more may be done under it.
  func isHeld() throws(PostgresError) -> Bool {
    guard let extendedAt else { return false }
    let now = ContinuousClock.now
    let isExtended = now - extendedAt >= extendsAfter
    let change = isExtended ? parameters + [.bigint(Self.duration.wholeMilliseconds)] : parameters
    let answer = try connection.query(isExtended ? Self.extending : Self.asking, change)
    guard answer.affectedRows == 1 else {
      self.extendedAt = nil
      return false
    }
    if isExtended { self.extendedAt = now }
    return true
  }

  /// Gives the lease back, so that another server need not wait for its end.
  func giveBack() throws(PostgresError) {
    guard extendedAt != nil else { return }
    extendedAt = nil
    _ = try connection.query(
      "UPDATE leases SET held_until = '-infinity' WHERE name = $1 AND holder = $2", parameters)
  }

  private var parameters: [PostgresParameter] { [.text(name), .uuid(holder)] }

  private static let asking = """
    SELECT FROM leases WHERE name = $1 AND holder = $2 AND held_until > clock_timestamp()
    """
  private static let extending = """
    UPDATE leases SET held_until = clock_timestamp() + $3::bigint * interval '1 ms'
    WHERE name = $1 AND holder = $2 AND held_until > clock_timestamp()
    """
}
