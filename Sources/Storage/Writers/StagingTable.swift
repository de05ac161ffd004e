internal import Ingest

/// The temporary table of a writer's connection: rows arrive by COPY and leave by one sorted INSERT.
///
/// It is emptied by every COMMIT and ROLLBACK. The order of its columns is that of `CopyEncoder`.
struct StagingTable {
  static func definition(payload: PayloadType) -> String {
    """
    CREATE TEMPORARY TABLE staging (
      batch_id bigint NOT NULL,
      pos int NOT NULL,
      event_id text COLLATE "C" NOT NULL,
      topic text COLLATE "C" NOT NULL,
      ts timestamptz NOT NULL,
      source text NOT NULL,
      payload \(payload.rawValue)) ON COMMIT DELETE ROWS
    """
  }

  static let copy =
    "COPY staging (batch_id, pos, event_id, topic, ts, source, payload) FROM STDIN (FORMAT binary)"

  /// One statement for the whole group, so that the order of keys is global: two writers with the same
  /// keys wait for each other in the same order and never in a circle. The first of equal keys owns it.
  /// Counts come from RETURNING, because the command tag is wrong on Citus.
  static let insert = """
    WITH stored AS (
      INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
      SELECT ts, batch_id, event_id, topic, source, payload FROM staging
      ORDER BY event_id, topic, batch_id, pos
      ON CONFLICT (event_id, topic) DO NOTHING
      RETURNING batch_id)
    SELECT batch_id, count(*) FROM stored GROUP BY batch_id
    """
}

/// A row of the staging table, as its origin: a batch of the group and an event in it.
struct StagedPlace: Hashable, Sendable {
  /// Index of the batch among the members of the group.
  let member: Int
  /// Zero-based place in the batch.
  let position: Int
}
