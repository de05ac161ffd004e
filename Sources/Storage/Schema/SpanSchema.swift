extension Migration {
  /// Which index of events there is, and the table of the index of spans. Its own index comes and goes with
  /// `events.index` (see `EventIndexChange`).
  static let spans = """
    ALTER TABLE store ADD COLUMN event_index text NOT NULL DEFAULT 'none';
    CREATE TABLE topic_spans (
      processed_at timestamptz NOT NULL DEFAULT now(),
      min_ts timestamptz NOT NULL,
      max_ts timestamptz NOT NULL,
      group_id bigint NOT NULL,
      n int NOT NULL,
      topic text COLLATE "C" NOT NULL,
      ids text[],
      times_us bigint[]);
    UPDATE store SET event_index = 'btree' WHERE to_regclass('events_topic_ts') IS NOT NULL;
    """
}
