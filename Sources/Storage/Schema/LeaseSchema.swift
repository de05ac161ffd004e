extension Migration {
  /// The table of what one server at a time does. It has a few rows that change often, so each block keeps
  /// free space, and vacuum is due by number.
  static let leases = """
    CREATE TABLE leases (
      name text PRIMARY KEY,
      holder uuid NOT NULL,
      held_until timestamptz NOT NULL)
      WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
    """
}
