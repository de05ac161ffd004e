internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// Retries dead-lettered events that broke connections, or that were refused while others were committed,
/// because the cause may be gone. Each event is tried alone, in a transaction of its own, at growing
/// intervals.
///
/// An event that returns is received again, as a batch of one event under the producer `producer`, and its
/// row in `dead_events` counts as expired. So the laws between the tables hold, and the counts that its first
/// producer was told do not change.
struct DeadEventReturn {
  let connection: PostgresConnection

  /// Producer of the batches in which events return.
  static let producer = ProducerID(high: 0, low: 1)
  /// Most events that are tried in one round.
  static let eventsInRound = 1_000

  /// Whether the role has the rights for it. A role that was set up for an older version may lack them.
  func isAllowed() throws(PostgresError) -> Bool {
    try connection.query(
      "SELECT has_table_privilege('dead_events', 'UPDATE') AND has_table_privilege('dead_events', 'DELETE')"
    ).isTrue(0, 0)
  }

  /// Tries the event that has been due for longest.
  /// - Returns: How the attempt ended; nil when no event is due.
  func tryNext() throws(PostgresError) -> Ending? {
    // Committed before the attempt, because the attempt may break the connection.
    let due = try connection.query(Self.begin)
    guard due.rowCount == 1, let batchID = due.integer(0, 0), let position = due.integer(0, 1) else {
      return nil
    }
    let place = [PostgresParameter.bigint(batchID), .int(Int32(clamping: position))]
    do throws(PostgresError) {
      let isStored = try connection.transaction { () throws(PostgresError) in
        _ = try connection.query(Self.register)
        return try connection.query(Self.take, place).rowCount == 1
      }
      return isStored ? .returned : .refused
    } catch {
      if error.isConnectionLost { throw error }
      return .refused
    }
  }

  /// Result of an attempt.
  enum Ending {
    /// The event is in `events`, stored now or before.
    case returned
    /// The event stays in `dead_events`.
    case refused
  }

  /// Selects the event that is due, and sets the time of its next attempt: after 10 minutes, an hour, a day
  /// and a week.
  private static let begin = """
    UPDATE dead_events d SET retries = d.retries + 1, retry_at = CASE d.retries
      WHEN 0 THEN now() + interval '10 minutes' WHEN 1 THEN now() + interval '1 hour'
      WHEN 2 THEN now() + interval '1 day' WHEN 3 THEN now() + interval '7 days' END
    FROM (SELECT batch_id, position FROM dead_events
      WHERE retry_at <= now() ORDER BY retry_at LIMIT 1 FOR UPDATE SKIP LOCKED) AS due
    WHERE d.batch_id = due.batch_id AND d.position = due.position
    RETURNING d.batch_id, d.position
    """

  private static let register = """
    INSERT INTO producers (producer, owner, name) VALUES ('\(producer)', '\(ForgottenProducers.owner)', 'returned')
    ON CONFLICT (producer) DO UPDATE SET seen_at = now()
    """

  /// Returns one row for an event that is stored now or was stored before. The order of locks is kept: the
  /// producer is locked already, then batches, events, spans, dead events, counters.
  private static let take = """
    WITH dead AS (
      DELETE FROM dead_events WHERE batch_id = $1 AND position = $2 AND topic IS NOT NULL
        AND event_id IS NOT NULL AND source IS NOT NULL AND time_us IS NOT NULL AND length(bytes) = byte_count
      RETURNING topic, event_id, source, time_us, bytes
    ), number AS (SELECT nextval('group_ids') AS id FROM dead), stored AS (
      INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT to_timestamp(0) + make_interval(secs => time_us / 1000000)
        + (time_us % 1000000) * interval '1 us', n.id * \(GroupStatements.batchesInGroup), event_id,
        topic, source, CASE WHEN length(bytes) > 0 THEN convert_from(bytes, 'UTF8')::json END
      FROM dead, number n ON CONFLICT (event_id, topic) DO NOTHING
      RETURNING ts, topic
    ), claimed AS (
      INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)
      SELECT n.id * \(GroupStatements.batchesInGroup), '\(producer)'::uuid, n.id, n.id, 0, 1,
        (SELECT count(*) FROM stored), 1 - (SELECT count(*) FROM stored), 0
      FROM number n
    ), spans AS (
      INSERT INTO topic_spans (topic, group_id, n, min_ts, max_ts)
      SELECT t.name, n.id, 1, s.ts, s.ts FROM stored s, number n, store, unnest(ARRAY[s.topic, '']) AS t(name)
      WHERE store.event_index = 'spans'
    )
    UPDATE counters c SET received = c.received + 1, unique_ = c.unique_ + (SELECT count(*) FROM stored),
      duplicate = c.duplicate + 1 - (SELECT count(*) FROM stored), expired_dead = c.expired_dead + 1
    FROM number WHERE c.shard = 0 RETURNING c.shard
    """
}
