extension Migration {
  /// What pruning and retention need: the generation of deletions, what they count, and cheap ways to find
  /// what is old.
  static let retention = purgeGeneration + forgetting

  /// A deletion from `events` makes what a writer remembers of stored keys untrue, so each raises the
  /// generation that every committing transaction reads, in its own transaction. It runs as the owner: who
  /// may delete events needs no right on `store`. ALWAYS, so that replicated deletions count, too.
  private static let purgeGeneration = """
    ALTER TABLE store ADD COLUMN purge bigint NOT NULL DEFAULT 0;
    CREATE FUNCTION raise_purge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          EXECUTE format('UPDATE %I.store SET purge = purge + 1', TG_TABLE_SCHEMA);
          RETURN NULL;
        END $$;
    CREATE TRIGGER events_purged AFTER DELETE OR TRUNCATE ON events
      FOR EACH STATEMENT EXECUTE FUNCTION raise_purge();
    ALTER TABLE events ENABLE ALWAYS TRIGGER events_purged;

    """

  /// Rows are stored in the order of their age, so BRIN finds the old ones, for next to nothing.
  private static let forgetting = """
    CREATE INDEX events_processed_at ON events USING brin (processed_at) WITH (autosummarize = on);
    CREATE INDEX dead_events_at ON dead_events USING brin (at) WITH (autosummarize = on);
    ALTER TABLE counters ADD COLUMN expired_dead bigint NOT NULL DEFAULT 0;
    ALTER TABLE producers ADD COLUMN single_batch boolean NOT NULL DEFAULT false;
    CREATE INDEX producers_single_batch ON producers (seen_at) WHERE single_batch;
    """
}
