extension Migration {
  /// The column that says which tables Citus distributes. `CitusMigration` changes it.
  static let citusTables = "ALTER TABLE store ADD COLUMN citus text NOT NULL DEFAULT 'off';"
}
