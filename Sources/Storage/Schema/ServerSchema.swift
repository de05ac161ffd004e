extension Migration {
  /// The table of the servers. It has a row for each process, which changes every few seconds, so each block keeps
  /// free space, and vacuum is due by number.
  static let servers = """
    CREATE TABLE servers (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      address text NOT NULL,
      version text NOT NULL,
      started_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now())
      WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
    """
}
