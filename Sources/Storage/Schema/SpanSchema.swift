extension Migration {
  /// The name of the present index of events, and the table of the index of spans. The table's own index is
  /// made and dropped with `store.index` (see `EventIndexChange`).
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

  /// The listed events of a row of `topic_spans` in one column instead of two. If the operator wants the
  /// index of spans, its rows are made anew from the events (see `EventIndexChange`). The lock keeps the
  /// order of locks of writers. No program reads or writes the older columns by then, so emptying the table
  /// disturbs no reader.
  static let packedSpans = """
    LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE;
    TRUNCATE topic_spans;
    DROP INDEX IF EXISTS topic_spans_newest, topic_spans_processed_at;
    ALTER TABLE topic_spans DROP COLUMN times_us, ALTER COLUMN ids TYPE bytea USING NULL;
    ALTER TABLE topic_spans RENAME COLUMN ids TO listed;
    ALTER TABLE topic_spans ALTER COLUMN listed SET STORAGE EXTERNAL;
    UPDATE store SET event_index = 'none' WHERE event_index = 'spans';
    """

  /// The bucket of a row of `topic_spans`, for groups that list the events of very many topics by bucket
  /// (`TopicBucket`).
  static let bucketsOfTopics = "ALTER TABLE topic_spans ADD COLUMN bucket smallint NOT NULL DEFAULT 0"
}
