extension Migration {
  /// One BRIN index of `events` in the place of three.
  ///
  /// Postgres looks up the summary of a block range for each inserted row and each BRIN index, so one index with three
  /// columns costs less than three indexes (decision 47). BRIN keeps a summary for each column, so a condition on one of
  /// the columns still excludes ranges (section 65.5 of the Postgres manual, "BRIN Indexes").
  ///
  /// The index keeps the name of the index on `batch_id`, because servers of the version before summarise new blocks by
  /// that name.
  static let oneBlockRangeIndex = """
    DROP INDEX events_ts, events_batch_id, events_processed_at;
    CREATE INDEX events_batch_id ON events USING brin (batch_id, ts, processed_at)
    """
}
