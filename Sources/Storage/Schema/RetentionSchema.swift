extension Migration {
  /// Columns, triggers and indexes that pruning and retention need: the generation of deletions, the counts
  /// of deletions, and cheap ways to find old rows.
  static let retention = purgeGeneration + forgetting

  /// Storage settings of `counters` and `store`. Each group updates a row of `counters`, and each deletion a
  /// row of `store`.
  ///
  /// Both tables have few rows, so their vacuum is due by number and not by share. By its defaults autovacuum
  /// would vacuum the 16 rows after 50 dead ones, and then pause between blocks while thousands more arrive.
  /// The free space in each block keeps new versions of a row in its block. No index changes then, and any
  /// reader may remove old versions.
  static let countersVacuum = """
    ALTER TABLE counters SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
    ALTER TABLE store SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)
    """

  /// A deletion from `events` invalidates the dedup cache of writers. So each deletion raises, in its own
  /// transaction, the generation that every committing transaction reads. The function runs as its owner, so
  /// that a role which deletes events needs no right on `store`. ALWAYS, because replicated deletions must
  /// count, too.
  private static let purgeGeneration = """
    ALTER TABLE store ADD COLUMN purge bigint NOT NULL DEFAULT 0;
    CREATE FUNCTION raise_purge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          EXECUTE format('UPDATE %I.store SET purge = purge + 1', TG_TABLE_SCHEMA);
          RETURN NULL;
        END $$;
    \(purgeTrigger);
    ALTER TABLE events ENABLE ALWAYS TRIGGER events_purged;

    """

  /// The trigger that raises the purge generation.
  static let purgeTrigger = """
    CREATE TRIGGER events_purged AFTER DELETE OR TRUNCATE ON events
      FOR EACH STATEMENT EXECUTE FUNCTION raise_purge()
    """

  /// Indexes and columns for deletion by age. Rows are stored in the order of their age, so BRIN finds old
  /// rows at almost no cost.
  private static let forgetting = """
    CREATE INDEX events_processed_at ON events USING brin (processed_at) WITH (autosummarize = on);
    CREATE INDEX dead_events_at ON dead_events USING brin (at) WITH (autosummarize = on);
    ALTER TABLE counters ADD COLUMN expired_dead bigint NOT NULL DEFAULT 0;
    ALTER TABLE producers ADD COLUMN single_batch boolean NOT NULL DEFAULT false;
    CREATE INDEX producers_single_batch ON producers (seen_at) WHERE single_batch;
    """
}

extension Migration {
  /// The row for the sums of forgotten producers, made here so that no client can register its identity
  /// first. Its session is 0, which no producer has.
  static let forgottenProducer = """
    INSERT INTO producers (producer, owner, name, session)
    VALUES ('\(ForgottenProducers.id)', '\(ForgottenProducers.owner)', 'forgotten', 0)
    ON CONFLICT (producer) DO UPDATE SET owner = EXCLUDED.owner, name = EXCLUDED.name;
    """

  /// Columns for the time at which a dead-lettered event is tried again, and for the number of attempts. Only
  /// events whose cause may end have a time.
  static let deadEventReturns = """
    ALTER TABLE dead_events ADD COLUMN retry_at timestamptz, ADD COLUMN retries int NOT NULL DEFAULT 0;
    CREATE INDEX dead_events_retry ON dead_events (retry_at) WHERE retry_at IS NOT NULL;
    """

  /// The column for the time at which somebody published a dead event again.
  static let republishing = "ALTER TABLE dead_events ADD COLUMN republished_at timestamptz;"
}
